"""8-bit optimizers and 4-bit weights of bitsandbytes, also on fake tensors.

SPDX-License-Identifier: MIT
"""
import functools

import bitsandbytes
import bitsandbytes.functional
import torch
from torch._subclasses.fake_tensor import unset_fake_temporarily

BLOCK = 64


def tables_from_the_cpu():
    """bitsandbytes reads values while it builds its code tables; these are built for real and copied to the device."""
    functional = bitsandbytes.functional
    if hasattr(functional, "built_for_real"):
        return
    functional.built_for_real = True

    def real(build, places_on_device):
        @functools.wraps(build)
        def wrapped(*args, **kwargs):
            device = kwargs.pop("device", None) if places_on_device else None
            with unset_fake_temporarily(), torch.device("cpu"):
                table = build(*args, **({**kwargs, "device": "cpu"} if places_on_device else kwargs))
            return table if device is None else table.to(device)
        return wrapped

    functional.create_dynamic_map = real(functional.create_dynamic_map, False)
    functional.get_4bit_type = real(functional.get_4bit_type, True)


def adamw_8bit(parameters, paged=False):
    tables_from_the_cpu()
    kind = bitsandbytes.optim.PagedAdamW8bit if paged else bitsandbytes.optim.AdamW8bit
    return kind(parameters, lr=1e-4)


class PackedLinear(bitsandbytes.nn.Linear4bit):
    """Linear4bit around an already packed weight; its own constructor cannot wrap fake tensors."""

    def __init__(self, source, compute_dtype, double):
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = source.in_features, source.out_features
        packed, state = bitsandbytes.functional.quantize_4bit(
            source.weight.detach(), blocksize=BLOCK, quant_type="nf4", compress_statistics=double)
        self.weight = torch.nn.Parameter(packed, requires_grad=False)
        self.weight.quant_state, self.weight.quant_type, self.weight.compress_statistics = state, "nf4", double
        self.bias, self.compute_dtype = source.bias, compute_dtype
        self.compute_type_is_set, self.quant_storage = True, packed.dtype

    def forward(self, x):
        bias = None if self.bias is None else self.bias.to(self.compute_dtype)
        result = bitsandbytes.matmul_4bit(x.to(self.compute_dtype), self.weight.t(), bias=bias,
                                          quant_state=self.weight.quant_state)
        return result.to(x.dtype)


def quantize_linears(model, compute_dtype, skip=("lm_head",), double=True):
    """Replaces the linear layers by NF4 ones, as loading with load_in_4bit does; the head, norms and embeddings stay."""
    tables_from_the_cpu()
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear and name not in skip:
                setattr(module, name, PackedLinear(child, compute_dtype, double))


def prepare_for_training(model):
    """What peft.prepare_model_for_kbit_training does to types: every 16-bit parameter that is left becomes fp32."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None and parameter.dtype in (torch.bfloat16, torch.float16):
                module._parameters[name] = torch.nn.Parameter(parameter.float(), requires_grad=False)
    model.tie_weights()


def quantization_states(model):
    """Tensors that belong to packed weights but are no parameters: block scales, offsets and code tables."""
    found = []
    for parameter in model.parameters():
        state = getattr(parameter, "quant_state", None)
        while state is not None:
            found += [value for value in vars(state).values() if isinstance(value, torch.Tensor)]
            state = getattr(state, "state2", None)
    return found
