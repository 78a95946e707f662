"""Measures one case: one training step, phase by phase, on fake CUDA tensors or on real CPU tensors.

SPDX-License-Identifier: MIT
"""
import contextlib
import gc
import time

import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode

import fake_cuda
import models
from recorder import PHASES, Recorder, SavedTensors

TABLE_ROWS = 26
LOSSES = ("cross_entropy", "mse_loss", "binary_cross_entropy_with_logits")


class LossPhase:
    """Starts the loss phase at the model's loss function, or at the first loss operator where it has none."""

    def __init__(self, recorder, model):
        self.recorder = recorder
        self.originals = {}
        owner = model.get_base_model() if hasattr(model, "get_base_model") else model
        if hasattr(type(owner), "loss_function"):
            owner.loss_function = self.wrap(owner.loss_function)

    def wrap(self, inner):
        def loss(*args, **kwargs):
            if self.recorder.phase == "forward":
                self.recorder.start("loss")
            return inner(*args, **kwargs)
        return loss

    def __enter__(self):
        for name in LOSSES:
            self.originals[name] = getattr(F, name)
            setattr(F, name, self.wrap(self.originals[name]))
        return self

    def __exit__(self, *_):
        for name, function in self.originals.items():
            setattr(F, name, function)


def assume_unpacked_sequences():
    """Transformers looks at the values of position_ids for packed sequences; fake ones have none, ours are never packed."""
    from transformers import masking_utils
    torch.nn.init._no_grad_trunc_normal_ = lambda tensor, *_args, **_kwargs: tensor  # it reads the values it has drawn
    masking_utils.find_packed_sequence_indices = lambda position_ids: None


def replace_on_conversion():
    """Lets Module.to() work on fake parameters: new ones take their place instead of swapping what they hold."""
    def convert(module, function, recurse=True):
        if recurse:
            for child in module.children():
                convert(child, function)
        with torch.no_grad():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    module._parameters[name] = torch.nn.Parameter(function(parameter), parameter.requires_grad)
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module._buffers[name] = function(buffer)
        return module

    torch.nn.Module._apply = convert


def fill_states(optimizer):
    """One step on zero gradients, so that the measured step finds its optimizer states as every later step does."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def state_tensors(optimizer):
    return [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]


def precision(case, device_type):
    if case["mixed_precision"] == "none":
        return contextlib.nullcontext()
    return torch.autocast(device_type, dtype=models.DTYPES[case["mixed_precision"]])


def measure(entry, case, fake=True):
    """Returns the `measured` part of a row."""
    gc.collect()
    began = time.time()
    device = "cuda" if fake else "cpu"
    with contextlib.ExitStack() as stack:
        if fake:
            fake_cuda.enable()
            assume_unpacked_sequences()
            replace_on_conversion()
            stack.enter_context(FakeTensorMode(allow_non_fake_inputs=True))
        torch.manual_seed(0)
        with torch.device(device):
            model = models.BUILDERS[entry["framework"]](entry, case)
        model.train()
        model = models.apply_method(model, case)
        optimizer = models.make_optimizer(model, case)
        fill_states(optimizer)
        batch = models.make_batch(entry, case, model, device)
        return measure_step(entry, case, device, model, optimizer, batch, began, stack)


def dropout_of(model):
    """The dropout layers and settings that are active in this model, by name."""
    config = getattr(model, "config", None)
    values = config.to_dict() if hasattr(config, "to_dict") else {}
    nested = [values] + [value for value in values.values() if isinstance(value, dict)]
    found = {name: value for part in nested for name, value in part.items()
             if "drop" in str(name) and isinstance(value, float) and value > 0}
    if not values:
        kinds = (torch.nn.Dropout, torch.nn.Dropout2d)
        found = {name.split(".")[-1]: module.p for name, module in model.named_modules() if isinstance(module, kinds) and module.p}
    return found


def shortened(table):
    """The largest entries as they are, the rest as one."""
    head, tail = table[:TABLE_ROWS], table[TABLE_ROWS:]
    if tail:
        head.append(["(other)", "", "", "", None, sum(row[-2] for row in tail), sum(row[-1] for row in tail)])
    return head


def measure_step(entry, case, device, model, optimizer, batch, began, stack):
    recorder = Recorder(device)
    parameters, buffers = list(model.parameters()), list(model.buffers())
    inputs = [value for value in batch.values() if isinstance(value, torch.Tensor)]
    trainable = [p for p in parameters if p.requires_grad]
    result = {
        "parameters": sum(p.numel() for p in parameters),
        "trainable_parameters": sum(p.numel() for p in trainable),
        "parameter_bytes": recorder.assign(parameters, "weights"),
        "buffer_bytes": recorder.assign(buffers, "buffers"),
        "input_bytes": recorder.assign(inputs, "inputs"),
        "optimizer_state_bytes": recorder.assign(state_tensors(optimizer), "optimizer_states"),
    }
    for parameter in trainable:
        parameter.register_post_accumulate_grad_hook(lambda p: recorder.assign([p.grad], "gradients") and None)
    if "quantization" in case:
        import quantized
        result["quantization_state_bytes"] = recorder.assign(quantized.quantization_states(model), "weights")
    static = set(recorder.seen)
    attention = fake_cuda.CudaAttention(device)
    if device == "cuda":  # real tensors take the kernel of their own device
        stack.enter_context(attention)
    stack.enter_context(LossPhase(recorder, model))
    recorder.watch_modules(model)
    saved = SavedTensors(recorder)
    with recorder:
        recorder.start("forward")
        with saved.hooks, precision(case, device):
            loss = models.compute_loss(entry, model, batch)
        recorder.finish()
        result["live_after_forward_bytes"] = recorder.live
        table, total, everything = saved.table(
            None if case["activation_checkpointing"] != "none" else loss.grad_fn, static)
        result["saved_bytes"], result["saved_with_static_bytes"] = total, everything
        result["live_not_saved_bytes"] = recorder.live - sum(recorder.seen[key][0] for key in static) - total
        recorder.start("backward")
        loss.backward()
        recorder.finish()
        result["gradient_bytes"] = recorder.assign([p.grad for p in trainable if p.grad is not None], "gradients")
        result["live_after_backward_bytes"] = recorder.live
        recorder.start("optimizer")
        optimizer.step()
        recorder.finish()
        optimizer.zero_grad(set_to_none=True)
        del loss
        gc.collect()
        result["live_after_step_bytes"] = recorder.live
    result["phases"] = {phase: recorder.phases[phase] for phase in PHASES if phase in recorder.phases}
    result["peak_bytes"] = max(phase["peak_bytes"] for phase in result["phases"].values())
    result["peak_512_bytes"] = max(phase["peak_512_bytes"] for phase in result["phases"].values())
    result["peak_phase"] = max(PHASES, key=lambda phase: result["phases"].get(phase, {}).get("peak_bytes", 0))
    result["attention_kernels"] = attention.kernels
    result["seconds_to_measure"] = round(time.time() - began, 1)
    result["saved"] = shortened(table)
    result["dropout"] = dropout_of(model)
    result["step_counter_bytes"] = sum(t.nbytes for t in state_tensors(optimizer) if t.dim() == 0 and t.device.type == "cpu")
    return result
