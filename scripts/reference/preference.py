"""Measures one step of DPO with whole logits, phase by phase, on fake CUDA tensors; prints the peaks that preference_test.cpp holds.

The operations are those of TRL's DPO trainer up to 1.10: the policy's log-probabilities, then the reference's without a graph
(adapters off, or a copy of the model), then the loss. Later releases project through the head in tiles with a Triton kernel,
which fake tensors cannot follow.

usage: preference.py {lora,full} {bf16,fp32} {none,bf16} {none,full}      method, weights, autocast, checkpointing

SPDX-License-Identifier: MIT
"""
import contextlib
import os
import sys

import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode

import fake_cuda
import measure
import models
from recorder import Recorder

PAIRS, LENGTH = 2, 1024


class Peaks:
    """The largest number of live bytes in each named phase."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.name, self.found = None, {}

    def start(self, name):
        if self.name:
            self.found[self.name] = self.recorder.peak
        self.name = self.recorder.phase = name
        self.recorder.peak = self.recorder.live


def log_probabilities(logits, ids):
    logits, chosen = logits[:, :-1, :], ids[:, 1:].unsqueeze(-1)
    if logits.dtype == torch.float32:
        picked = torch.gather(logits, -1, chosen)
        sums = torch.stack([torch.logsumexp(row, -1) for row in logits])
        return (picked - sums.unsqueeze(-1)).squeeze(-1).sum(1)
    rows = [F.log_softmax(row, -1).gather(-1, entries) for row, entries in zip(logits, chosen)]
    return torch.stack(rows).squeeze(-1).sum(1)


def main(method, weight_dtype, mixed_precision, checkpointing):
    entry = models.load_configs()["llama-3.2-1b"]
    case = {"micro_batch_size": 2 * PAIRS, "sequence_length": LENGTH, "method": method, "weight_dtype": weight_dtype,
            "mixed_precision": mixed_precision, "attention": "sdpa", "activation_checkpointing": checkpointing,
            "optimizer": "adamw", "lora_rank": 16, "lora_target_modules": ["q_proj", "v_proj"], "peft_task": "CAUSAL_LM"}
    with contextlib.ExitStack() as stack:
        fake_cuda.enable()
        measure.assume_unpacked_sequences()
        measure.replace_on_conversion()
        stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        build = models.BUILDERS[entry["framework"]]
        with torch.device("cuda"):
            model = build(entry, case)
            reference = build(entry, case) if method == "full" else None
        model.train()
        model = models.apply_method(model, case)
        optimizer = models.make_optimizer(model, case)
        measure.fill_states(optimizer)
        ids = models.make_batch(entry, case, model, "cuda")["input_ids"]
        recorder = Recorder("cuda")
        held = [*model.parameters(), *model.buffers(), ids, *measure.state_tensors(optimizer)]
        recorder.assign(held + ([*reference.parameters(), *reference.buffers()] if reference else []), "resident")
        stack.enter_context(fake_cuda.CudaAttention("cuda"))

        def score(scorer):
            with measure.precision(case, "cuda"):
                logits = scorer(input_ids=ids, use_cache=False).logits
            if mixed_precision != "none":
                logits = logits.float()  # what Accelerate does to the outputs of an autocast model
            return log_probabilities(logits, ids)

        peaks = Peaks(recorder)
        with recorder:
            peaks.start("forward")
            policy = score(model)
            peaks.start("reference")
            with torch.no_grad(), contextlib.nullcontext() if reference else model.disable_adapter():
                frozen = score(reference or model)
            margin = (policy - frozen)[:PAIRS] - (policy - frozen)[PAIRS:]
            loss = -F.logsigmoid(margin).mean()
            peaks.start("backward")
            loss.backward()
            peaks.start("optimizer")
            optimizer.step()
            peaks.start("end")
    for name, peak in peaks.found.items():
        print(f"{name:10} {peak}")
    sys.stdout.flush()
    os._exit(0)  # the autograd threads of fake CUDA devices cannot be joined


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
