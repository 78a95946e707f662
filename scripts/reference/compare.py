"""Runs small cases twice, on fake CUDA tensors and on real random CPU tensors, and compares every recorded byte.

SPDX-License-Identifier: MIT
"""
import argparse
import json
import os
import pathlib
import sys
import warnings

import cases
import measure
import models
import run

OUTPUT = run.OUTPUT / "pytorch-fake-vs-real.json"
TINY_TEXT = {"vocab_size": 512, "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}
TINY = {
    "tiny-llama": ("tokens", "AutoModelForCausalLM", {**TINY_TEXT, "model_type": "llama", "num_key_value_heads": 2,
                   "intermediate_size": 160, "max_position_embeddings": 256}),
    "tiny-qwen3": ("tokens", "AutoModelForCausalLM", {**TINY_TEXT, "model_type": "qwen3", "num_key_value_heads": 2, "head_dim": 32,
                   "intermediate_size": 160, "max_position_embeddings": 256}),
    "tiny-gpt2": ("tokens", "AutoModelForCausalLM", {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4,
                  "n_positions": 256, "vocab_size": 512}),
    "tiny-neox": ("tokens", "AutoModelForCausalLM", {**TINY_TEXT, "model_type": "gpt_neox", "intermediate_size": 256,
                  "max_position_embeddings": 256}),
    "tiny-mixtral": ("tokens", "AutoModelForCausalLM", {**TINY_TEXT, "model_type": "mixtral", "num_key_value_heads": 2,
                     "intermediate_size": 96, "num_local_experts": 4, "num_experts_per_tok": 2, "max_position_embeddings": 256}),
    "tiny-bert": ("classification-text", "AutoModelForSequenceClassification", {**TINY_TEXT, "model_type": "bert",
                  "intermediate_size": 256, "max_position_embeddings": 256}),
    "tiny-t5": ("seq2seq", "AutoModelForSeq2SeqLM", {"model_type": "t5", "d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2,
                "num_heads": 4, "vocab_size": 512, "decoder_start_token_id": 0, "pad_token_id": 0}),
    "tiny-vit": ("pixel_values", "AutoModelForImageClassification", {"model_type": "vit", "hidden_size": 64, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "intermediate_size": 256, "patch_size": 16, "image_size": 64, "num_labels": 10}),
}
NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "hidden_dropout_prob": 0.0, "dropout_rate": 0.0,
              "attention_probs_dropout_prob": 0.0}
FIELDS = ("parameters", "trainable_parameters", "parameter_bytes", "buffer_bytes", "input_bytes", "gradient_bytes",
          "optimizer_state_bytes", "saved_bytes", "saved_with_static_bytes", "live_after_forward_bytes", "live_after_backward_bytes")


def reason(name, case):
    """Why the two sides may differ: kernels that keep other things on a CPU than on CUDA."""
    if "variant" in case or name == "tv-mobilenet_v2":
        return "dropout: CUDA's fused kernel keeps a 1-byte mask, the CPU path one of the input's type"
    if case["attention"] == "sdpa":
        return "attention: CUDA's memory-efficient kernel keeps a seed and an offset of 8 bytes each per layer, the CPU kernel none"
    if case["weight_dtype"] == "bf16" and name in ("tiny-gpt2", "tiny-neox", "tiny-bert"):
        return "LayerNorm: CUDA keeps mean and rstd in fp32 for bf16 input, the CPU kernel in bf16"
    return None


def small_cases():
    text, eager = cases.size(2, 64), cases.EAGER
    lora = {"method": "lora", "lora_rank": 4, "lora_target_modules": "all-linear", "peft_task": "CAUSAL_LM"}
    rows = [("tiny-llama", cases.case(text, eager, change)) for change in ({}, cases.FP32, cases.CHECKPOINT, lora,
                                                                          {**lora, "method": "dora"}, cases.SGD)]
    rows += [("tiny-llama", cases.case(text, eager, optimizer_implementation="for-loop")),
             ("tiny-llama", cases.case(text, cases.FP32)), ("tiny-llama", cases.case(text, eager, cases.AUTOCAST))]
    rows += [(name, cases.case(text, eager, change)) for name in ("tiny-qwen3", "tiny-neox", "tiny-mixtral", "tiny-gpt2", "tiny-bert")
             for change in ({}, cases.FP32)]
    rows += [("tiny-t5", cases.case(text, eager, cases.FP32, target_length=16)),
             ("tiny-vit", cases.case(cases.image(2, 64), eager, cases.FP32)),
             ("tiny-gpt2", cases.case(text, eager, variant="dropout"))]
    pictures = {**cases.image(2, 64), "attention": "none"}
    rows += [(name, cases.case(pictures, cases.FP32, cases.SGD)) for name in ("tv-resnet18", "tv-mobilenet_v2", "tv-densenet121")]
    return rows


def entry_of(name, configs, dropout):
    if name in configs:
        return configs[name]
    kind, factory, config = TINY[name]
    return {"name": name, "model": name, "framework": "transformers", "class": factory, "input": kind,
            "config": config if dropout else {**config, **NO_DROPOUT}}


def without_step_counters(real):
    """AdamW's step counters are CPU tensors: on a CPU run they count as device memory, on a CUDA run they do not."""
    size = real["step_counter_bytes"]
    for field in ("optimizer_state_bytes", "live_after_forward_bytes", "live_after_backward_bytes"):
        real[field] -= size
    for values in real["phases"].values():
        values["peak_bytes"] -= size


def differences(fake, real):
    found = {field: [fake[field], real[field]] for field in FIELDS if fake[field] != real[field]}
    for phase, values in fake["phases"].items():
        if values["peak_bytes"] != real["phases"][phase]["peak_bytes"]:
            found["peak_" + phase] = [values["peak_bytes"], real["phases"][phase]["peak_bytes"],
                                      values["at"], real["phases"][phase]["at"]]
    return found


def tables_differ(fake, real):
    """Entries of the saved-tensor tables, without the names of operators, that only one side has."""
    def keyed(rows):
        result = {}
        for row in rows:
            key = (row[0], row[3])
            result[key] = result.get(key, 0) + row[-1]
        return result
    left, right = keyed(fake["saved"]), keyed(real["saved"])
    return [[*key, left.get(key, 0), right.get(key, 0)] for key in sorted(set(left) | set(right)) if left.get(key) != right.get(key)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=("fake", "real"), help="internal: measure one side and print it")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    configs = models.load_configs()
    measure.TABLE_ROWS = 1000
    if options.side:
        results = []
        for name, case in small_cases():
            results.append(measure.measure(entry_of(name, configs, "variant" in case), case, fake=options.side == "fake"))
            print(f"{options.side} {len(results)}: {run.case_id(name, case)}", file=sys.stderr, flush=True)
        print(json.dumps(results))
        sys.stdout.flush()
        os._exit(0)
    sides = {side: json.loads(os.popen(f"{sys.executable} {pathlib.Path(__file__)} --side {side}").read().splitlines()[-1])
             for side in ("fake", "real")}
    rows = []
    for (name, case), fake, real in zip(small_cases(), sides["fake"], sides["real"]):
        without_step_counters(real)
        found = differences(fake, real)
        rows.append({"id": run.case_id(name, case), "case": case, "equal": not found, "differences": found,
                     "reason": reason(name, case) if found else None,
                     "step_counter_bytes": real["step_counter_bytes"],
                     "saved_differences": tables_differ(fake, real),
                     "bytes": {field: real[field] for field in FIELDS},
                     "peaks": {phase: values["peak_bytes"] for phase, values in real["phases"].items()}})
        print(("equal   " if not found else "differs ") + rows[-1]["id"], rows[-1]["reason"] or "",
              *[f"\n    {k}: {v}" for k, v in found.items()])
    run.write_rows(OUTPUT, "fake-vs-real", rows)
    unexplained = [row["id"] for row in rows if not row["equal"] and not row["reason"]]
    if unexplained:
        sys.exit("differ without a known reason: " + ", ".join(unexplained))


if __name__ == "__main__":
    main()
