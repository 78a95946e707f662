"""Counts bytes: live storages by phase, what autograd keeps, gradients and optimizer state.

SPDX-License-Identifier: MIT
"""
import weakref
from collections import defaultdict

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

BLOCK_BYTES = 512  # the CUDA caching allocator hands out multiples of this
CONTAINERS = ("ModuleList", "Sequential", "ModuleDict")
PHASES = ("forward", "loss", "backward", "optimizer")


def rounded(size):
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES


def module_labels(model):
    """Name of each module as Parent.child, with the nearest ancestor that is not a mere container as parent."""
    labels = {}
    for path, module in model.named_modules():
        parts = path.split(".") if path else []
        if next(module.children(), None) is not None or not parts:
            labels[module] = type(module).__name__
            continue
        parent, tail = model, []
        for depth in range(len(parts) - 1, -1, -1):
            tail.insert(0, "*" if parts[depth].isdigit() else parts[depth])
            parent = model.get_submodule(".".join(parts[:depth]))
            if type(parent).__name__ not in CONTAINERS:
                break
        labels[module] = type(parent).__name__ + "." + ".".join(tail)
    return labels


class Recorder(TorchDispatchMode):
    """Follows every storage on one device from its first sight to its death.

    `live` is the sum of bytes of all storages alive, in the sense of torch.cuda.memory_allocated() without rounding;
    `live_blocks` is the same with each storage rounded up to 512 bytes. Memory a kernel takes and frees inside itself
    (a cuDNN or cuBLAS workspace, a sort buffer) is not visible here.
    """

    def __init__(self, device_type):
        super().__init__()
        self.device_type = device_type
        self.seen = {}
        self.live = self.live_blocks = 0
        self.peak = self.peak_blocks = 0
        self.parts = defaultdict(int)
        self.peak_parts, self.peak_at = {}, None
        self.origin = {}
        self.module_stack = []
        self.phase = "build"
        self.phases = {}

    # --- storages -------------------------------------------------------------------------------------------------
    def _track(self, tensor, part, op):
        if tensor.device.type != self.device_type:
            return None
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.seen:
            return key
        size = storage.nbytes()
        self.seen[key] = [size, part, weakref.ref(storage, lambda _ref, key=key: self._forget(key))]
        self.origin[key] = op
        self.live += size
        self.live_blocks += rounded(size)
        self.parts[part] += size
        if self.live > self.peak:
            self.peak = self.live
            self.peak_parts = dict(self.parts)
            self.peak_at = (op, self.module_stack[-1] if self.module_stack else None)
        self.peak_blocks = max(self.peak_blocks, self.live_blocks)
        return key

    def _forget(self, key):
        size, part, _ = self.seen.pop(key)
        self.origin.pop(key, None)
        self.live -= size
        self.live_blocks -= rounded(size)
        self.parts[part] -= size

    def assign(self, tensors, part):
        """Puts storages into a named part (weights, gradients ...); returns the bytes of the distinct ones."""
        keys = set()
        for tensor in tensors:
            key = self._track(tensor, part, part)
            if key is None:
                continue
            keys.add(key)
            entry = self.seen[key]
            if entry[1] != part:
                self.parts[entry[1]] -= entry[0]
                self.parts[part] += entry[0]
                entry[1] = part
        return sum(self.seen[key][0] for key in keys)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        op = None
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                op = op or func.name().removeprefix("aten::")
                self._track(leaf, "activations" if self.phase in ("forward", "loss") else "temporary", op)
        return result

    # --- phases ---------------------------------------------------------------------------------------------------
    def start(self, phase):
        self.finish()
        self.phase = phase
        self.peak, self.peak_blocks = self.live, self.live_blocks
        self.peak_parts, self.peak_at = dict(self.parts), ("start", None)

    def finish(self):
        if self.phase in PHASES:
            self.phases[self.phase] = {
                "peak_bytes": self.peak,
                "peak_512_bytes": self.peak_blocks,
                "end_bytes": self.live,
                "parts": {name: size for name, size in sorted(self.peak_parts.items()) if size},
                "at": [part for part in self.peak_at if part] if self.peak_at else None,
            }
        self.phase = "idle"

    # --- modules --------------------------------------------------------------------------------------------------
    def watch_modules(self, model):
        labels = module_labels(model)
        handles = []
        for module, label in labels.items():
            handles.append(module.register_forward_pre_hook(lambda _m, _a, label=label: self.module_stack.append(label)))
            handles.append(module.register_forward_hook(lambda _m, _a, _o: self.module_stack.pop() and None,
                                                        always_call=True))
        return handles


class SavedTensors:
    """What autograd packs during the forward pass: distinct storages, who saved them first, and which tensor it is."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.first = {}
        self.hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, lambda tensor: tensor)

    def _pack(self, tensor):
        if tensor.device.type == self.recorder.device_type:
            key = tensor.untyped_storage()._cdata
            known = self.first.get(key)
            if known is None or known[3] is not self.recorder.seen.get(key):
                stack = self.recorder.module_stack
                self.first[key] = (stack[-1] if stack else "(outside)", tensor.dtype, tuple(tensor.shape),
                                   self.recorder.seen.get(key))
        return tensor

    def keepers(self, root):
        """Names of the graph nodes and fields that hold each storage, read from the graph itself."""
        held = defaultdict(set)
        seen, queue = set(), [root]
        while queue:
            node = queue.pop()
            if node is None or node in seen:
                continue
            seen.add(node)
            queue.extend(edge[0] for edge in node.next_functions)
            name = type(node).__name__
            fields = [field for field in dir(node) if field.startswith("_saved_")]
            values = [(field[7:], getattr(node, field, None)) for field in fields]
            if not fields and hasattr(node, "saved_tensors") and "Checkpoint" not in name:
                values = [("saved", list(node.saved_tensors))]
            for field, value in values:
                for leaf in tree_leaves(value):
                    if isinstance(leaf, torch.Tensor) and leaf.device.type == self.recorder.device_type:
                        held[leaf.untyped_storage()._cdata].add(f"{name.replace('Backward', '')}.{field}")
        return held

    def table(self, root, excluded):
        """[module, produced by, kept by, dtype, shape or null, count, bytes] for storages outside `excluded`.

        Without a root the graph is not read: looking into a checkpointed node would run its recomputation.
        """
        held = self.keepers(root)
        groups = {}
        total = everything = 0
        for key, (label, dtype, shape, entry) in self.first.items():
            if entry is None or self.recorder.seen.get(key) is not entry:
                continue  # freed since, perhaps with its address in use again
            size = self.recorder.seen[key][0]
            everything += size
            if key in excluded:
                continue
            total += size
            keepers = "+".join(sorted({shorten(name) for name in held.get(key, ())})) or "?"
            group = (label, self.recorder.origin.get(key, "?"), keepers, str(dtype).removeprefix("torch."))
            entry = groups.setdefault(group, [shape, 0, 0])
            entry[0] = entry[0] if entry[0] == shape else None
            entry[1] += 1
            entry[2] += size
        rows = [[*group, list(entry[0]) if entry[0] else None, entry[1], entry[2]] for group, entry in groups.items()]
        rows.sort(key=lambda row: -row[-1])
        return rows, total, everything


def shorten(name):
    """MmBackward0.self -> Mm.self: the trailing digit only numbers overloads."""
    node, _, field = name.partition(".")
    return f"{node.rstrip('0123456789')}.{field}"
