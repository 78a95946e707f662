#!/usr/bin/env python3
"""Writes small GGUF and safetensors files with the official packages, and what their own readers say about them.

Needs: pip install gguf 'safetensors>=0.8' numpy. Output, committed: tests/fixtures/headers/ and a fuzz seed.
SPDX-License-Identifier: MIT
"""

import json
from pathlib import Path

import gguf
import numpy as np
import safetensors
from gguf.constants import GGML_QUANT_SIZES
from gguf.constants import GGMLQuantizationType as Type

TESTS = Path(__file__).resolve().parents[2] / "tests"
FOLDER = TESTS / "fixtures" / "headers"
SEEDS = TESTS / "fuzz" / "seeds" / "safetensors"


def add(writer, name, shape, kind):
    """Adds a tensor of zeros; `shape` is outermost first."""
    block, size = GGML_QUANT_SIZES[kind]
    raw_shape = (*shape[:-1], shape[-1] // block * size)
    writer.add_tensor(name, np.zeros(raw_shape, dtype=np.uint8), raw_dtype=kind)


def write_dense(path):
    """A two-layer Llama, quantised the way Q4_K_M is, tied head."""
    w = gguf.GGUFWriter(path, "llama")
    w.add_name("tiny llama")
    w.add_file_type(15)
    w.add_block_count(2)
    w.add_context_length(4096)
    w.add_embedding_length(256)
    w.add_feed_forward_length(512)
    w.add_head_count(8)
    w.add_head_count_kv(2)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_freq_base(500000.0)
    w.add_vocab_size(8)
    w.add_tokenizer_model("gpt2")
    w.add_token_list([f"<{i}>" for i in range(8)])
    w.add_token_scores([0.5 * i for i in range(8)])
    w.add_token_types([1] * 8)
    w.add_chat_template("{{ messages }}" * 20)
    add(w, "token_embd.weight", (8, 256), Type.Q6_K)
    add(w, "output_norm.weight", (256,), Type.F32)
    for layer in range(2):
        p = f"blk.{layer}."
        add(w, p + "attn_norm.weight", (256,), Type.F32)
        add(w, p + "attn_q.weight", (2, 256), Type.Q4_K)
        add(w, p + "attn_k.weight", (1, 256), Type.Q5_0)
        add(w, p + "attn_v.weight", (1, 256), Type.Q8_0)
        add(w, p + "ffn_down.weight", (2, 512), Type.IQ4_XS)
        add(w, p + "ffn_up.weight", (4, 32), Type.MXFP4)
    finish(w)


def write_arrays(path):
    """A mixture of experts with per-layer arrays and every scalar type of the format."""
    w = gguf.GGUFWriter(path, "testmoe")
    w.add_uint8("k.u8", 200)
    w.add_int8("k.i8", -5)
    w.add_uint16("k.u16", 60000)
    w.add_int16("k.i16", -300)
    w.add_uint32("k.u32", 4000000000)
    w.add_int32("k.i32", -70000)
    w.add_uint64("k.u64", 1 << 40)
    w.add_int64("k.i64", -(1 << 40))
    w.add_float32("k.f32", 0.25)
    w.add_float64("k.f64", 1e-6)
    w.add_bool("k.bool", True)
    w.add_string("k.text", "größe")
    w.add_array("testmoe.attention.head_count_kv", [8, 4, 8, 4])
    w.add_array("testmoe.attention.sliding_window_pattern", [True, False, True, False])
    w.add_array("testmoe.scales", [0.5, 1.5])
    w.add_expert_count(4)
    w.add_expert_used_count(2)
    w.add_sliding_window(1024)
    w.add_key_length(64)
    w.add_custom_alignment(64)
    add(w, "blk.0.ffn_gate_exps.weight", (4, 2, 256), Type.Q2_K)
    add(w, "blk.0.ffn_gate_inp.weight", (4, 16), Type.F32)
    add(w, "blk.0.bf16", (3, 5), Type.BF16)
    add(w, "blk.0.f16", (3, 5), Type.F16)
    add(w, "blk.0.ids", (7,), Type.I32)
    finish(w)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_expectation(path):
    reader = gguf.GGUFReader(path)
    metadata = {}
    for key, field in reader.fields.items():
        if key.startswith("GGUF."):
            continue
        value = field.contents()
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = {"length": len(value)}
        metadata[key] = value
    tensors = [
        {"name": t.name, "shape": [int(n) for n in reversed(t.shape)], "type": t.tensor_type.name, "elements": int(t.n_elements), "bytes": int(t.n_bytes)}
        for t in reader.tensors
    ]
    return {"metadata": metadata, "tensors": tensors, "header_bytes": int(reader.data_offset)}


def write_safetensors(path):
    widths = {"float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1, "int8": 1, "bool": 1, "int64": 8, "uint32": 4}
    shapes = [("model.embed_tokens.weight", "bfloat16", [8, 16]), ("model.layers.0.mlp.down_proj.weight", "float8_e4m3fn", [16, 4]),
              ("model.layers.0.mlp.down_proj.weight_scale", "float32", []), ("model.layers.0.q", "int8", [3, 5]),
              ("model.layers.0.mask", "bool", [7]), ("model.layers.0.ids", "int64", [2]), ("model.layers.0.packed", "uint32", [2, 2]),
              ("model.norm.weight", "float16", [16]), ("empty", "float32", [0, 4])]
    zeros = np.zeros(4096, dtype=np.uint8)  # every tensor reads from here; it outlives the call below
    tensors = {n: safetensors.TensorSpec(dtype=d, shape=s, data_ptr=zeros.ctypes.data, data_len=widths[d] * int(np.prod(s))) for n, d, s in shapes}
    data = safetensors.serialize(tensors, {"note": "größe"})
    path.write_bytes(data)
    SEEDS.mkdir(parents=True, exist_ok=True)
    header = data[8 : 8 + int.from_bytes(data[:8], "little")]
    (SEEDS / "header.json").write_bytes(header)  # the fuzz target puts the length before it


def safetensors_expectation(path):
    with safetensors.safe_open(path, framework="numpy") as f:
        tensors = []
        for name in f.keys():
            piece = f.get_slice(name)
            tensors.append({"name": name, "shape": piece.get_shape(), "type": piece.get_dtype()})
        return {"metadata": f.metadata(), "tensors": tensors}


def write_index(path):
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    weights = {f"model.layers.{i}.mlp.up_proj.weight": shards[i // 2] for i in range(4)}
    index = {"metadata": {"total_size": 16060522496}, "weight_map": weights}
    path.write_text(json.dumps(index, indent=2) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, write in (("dense.gguf", write_dense), ("arrays.gguf", write_arrays)):
        write(FOLDER / name)
        expected[name] = gguf_expectation(FOLDER / name)
    write_safetensors(FOLDER / "mixed.safetensors")
    expected["mixed.safetensors"] = safetensors_expectation(FOLDER / "mixed.safetensors")
    write_index(FOLDER / "model.safetensors.index.json")
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.stat().st_size:6} {path.name}")


if __name__ == "__main__":
    main()
