"""Makes FakeTensorMode behave as if one CUDA device were present, on a machine that has none.

SPDX-License-Identifier: MIT
"""
import ctypes
import pathlib

import torch
import torch.nn.functional as F

# Position of AcceleratorHooksInterface::hasPrimaryContext in the virtual table of the pinned torch (requirements.txt).
_HAS_PRIMARY_CONTEXT_SLOT = 4
_TABLE_SLOTS = 46
_keep_alive = []


def enable():
    """Lets autograd and autocast run on fake CUDA tensors.

    A CUDA build of torch without a GPU refuses `backward()` on fake CUDA tensors: the autograd engine asks the CUDA
    hooks whether device 0 has a context, and that call raises when there is no device. The hooks object gets a copy of
    its virtual table in which this one question is answered with "no"; nothing else is changed. Autocast refuses for the
    same reason in Python, where two functions are replaced.
    """
    torch.cuda.amp.common.amp_definitely_not_available = lambda: False
    torch.cuda.is_bf16_supported = lambda including_emulation=True: True
    torch.cuda.synchronize = lambda device=None: None
    torch.cuda.get_device_capability = lambda device=None: (8, 0)  # the oldest generation with every kernel used here
    if torch.version.cuda is None or _keep_alive:
        return  # a CPU-only build installs its own no-op device guard and never asks
    library = ctypes.CDLL(str(pathlib.Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
    get_hooks = library._ZN2at6detail12getCUDAHooksEv
    get_hooks.restype, get_hooks.argtypes = ctypes.c_void_p, []
    hooks = ctypes.cast(get_hooks(), ctypes.POINTER(ctypes.c_void_p))
    word = ctypes.sizeof(ctypes.c_void_p)
    old = ctypes.cast(hooks[0] - 2 * word, ctypes.POINTER(ctypes.c_void_p))  # two words of type information first
    new = (ctypes.c_void_p * (_TABLE_SLOTS + 2))(*[old[i] for i in range(_TABLE_SLOTS + 2)])
    answer = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_byte)(lambda _self, _index: False)
    new[2 + _HAS_PRIMARY_CONTEXT_SLOT] = ctypes.cast(answer, ctypes.c_void_p).value
    hooks[0] = ctypes.addressof(new) + 2 * word
    _keep_alive.extend([new, answer])


def choose_kernel(query, key, value, attn_mask, is_causal):
    """The kernel `scaled_dot_product_attention` selects on an Ampere, Ada or Hopper GPU (flash, efficient or math).

    Hopper and data-centre Blackwell put the cuDNN kernel before flash; it keeps the same bytes (q, k, v, out and one
    float per row), so it is not listed apart. Order and conditions: ATen/native/transformers/cuda/sdp_utils.cpp. In this
    torch both fused kernels take fewer key/value heads than query heads as they are; up to 2.13 the efficient one did not.
    """
    half = query.dtype in (torch.float16, torch.bfloat16)
    same_width = query.shape[-1] == key.shape[-1] == value.shape[-1]
    if query.dim() != 4 or query.dtype == torch.float64:
        return "math"
    causal_not_square = is_causal and query.shape[2] != key.shape[2]
    if half and attn_mask is None and same_width and query.shape[-1] <= 256 and not causal_not_square:
        return "flash"
    alignment = 8 if half else 4
    if query.shape[-1] % alignment == 0 and value.shape[-1] % alignment == 0:
        return "efficient"
    return "math"


class CudaAttention:
    """Replaces `F.scaled_dot_product_attention` by the operator CUDA would dispatch to, and counts which it was.

    The function itself is replaced (a TorchFunctionMode would not reach the autograd thread that recomputes checkpoints).
    """

    def __init__(self, device_type):
        self.device_type = device_type
        self.kernels = {}

    def __enter__(self):
        self.original = F.scaled_dot_product_attention
        F.scaled_dot_product_attention = self.attend
        return self

    def __exit__(self, *_):
        F.scaled_dot_product_attention = self.original

    def attend(self, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
        if torch.is_autocast_enabled(self.device_type):  # attention is on autocast's lower-precision list
            low = torch.get_autocast_dtype(self.device_type)
            query, key, value = (t.to(low) if t.dtype == torch.float32 else t for t in (query, key, value))
            if attn_mask is not None and attn_mask.dtype == torch.float32:
                attn_mask = attn_mask.to(low)
        kernel = choose_kernel(query, key, value, attn_mask, is_causal)
        self.kernels[kernel] = self.kernels.get(kernel, 0) + 1
        if kernel == "math":
            return torch.ops.aten._scaled_dot_product_attention_math(
                query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)[0]
        if kernel == "flash":
            width = query.shape[-1]
            if width % 8:  # flash works on head widths that are multiples of 8: padded copies are what it keeps
                pad = 8 - width % 8
                scale = scale if scale is not None else width ** -0.5
                query, key, value = (F.pad(t, (0, pad)) for t in (query, key, value))
            out = torch.ops.aten._scaled_dot_product_flash_attention(
                query, key, value, dropout_p, is_causal, False, scale=scale)[0]
            return out[..., :width]
        bias = attn_mask
        if bias is not None:
            if bias.dtype == torch.bool:
                bias = torch.zeros_like(bias, dtype=query.dtype).masked_fill_(bias.logical_not(), float("-inf"))
            if bias.shape[-1] % 16:  # rows of the bias are padded to 16 elements, then sliced back
                bias = F.pad(bias, (0, 16 - bias.shape[-1] % 16))[..., : bias.shape[-1]]
            bias = bias.expand(query.shape[0], query.shape[1], query.shape[2], key.shape[2])
        needs_lse = any(t.requires_grad for t in (query, key, value))
        return torch.ops.aten._scaled_dot_product_efficient_attention(
            query, key, value, bias, needs_lse, dropout_p, is_causal, scale=scale)[0]
