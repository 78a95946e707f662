"""The cases to measure, by group: which model under which settings.

SPDX-License-Identifier: MIT
"""

BASE = {
    "micro_batch_size": 1, "method": "full", "weight_dtype": "bf16", "mixed_precision": "none", "attention": "sdpa",
    "activation_checkpointing": "none", "optimizer": "adamw", "optimizer_implementation": "foreach",
}
PURE = {}
AUTOCAST = {"weight_dtype": "fp32", "mixed_precision": "bf16"}
FP32 = {"weight_dtype": "fp32"}
CHECKPOINT = {"activation_checkpointing": "full"}
EAGER = {"attention": "eager"}
QV = {"method": "lora", "lora_rank": 16, "lora_target_modules": ["q_proj", "v_proj"], "peft_task": "CAUSAL_LM"}
ALL_LINEAR = {"method": "lora", "lora_rank": 16, "lora_target_modules": "all-linear", "peft_task": "CAUSAL_LM"}
FUSED = {"optimizer_implementation": "fused"}


def case(*changes, **more):
    result = dict(BASE)
    for change in changes:
        result.update(change)
    result.update(more)
    return result


def size(batch, length):
    return {"micro_batch_size": batch, "sequence_length": length}


def transformers_cases(configs):
    """First the grid that fixes the formulas, on five families; then every other model under a few settings."""
    rows = []
    for name in ("llama-3.2-1b", "qwen2.5-0.5b", "gpt2"):
        rows += [(name, case(size(1, 1024))), (name, case(size(1, 1024), CHECKPOINT)), (name, case(size(1, 1024), EAGER)),
                 (name, case(size(1, 1024), AUTOCAST)), (name, case(size(1, 1024), AUTOCAST, CHECKPOINT)),
                 (name, case(size(1, 1024), FP32)), (name, case(size(4, 512))), (name, case(size(1, 1024), FUSED))]
    for name in ("llama-3.1-8b", "mistral-7b"):
        rows += [(name, case(size(1, 2048))), (name, case(size(1, 2048), CHECKPOINT)), (name, case(size(1, 2048), QV)),
                 (name, case(size(1, 2048), QV, CHECKPOINT)), (name, case(size(2, 1024), ALL_LINEAR)),
                 (name, case(size(2, 1024), AUTOCAST))]
    rows += [("llama-3.2-1b", case(size(1, 1024), QV)), ("llama-3.2-1b", case(size(1, 1024), ALL_LINEAR)),
             ("llama-3.2-1b", case(size(1, 1024), AUTOCAST, QV))]
    for name in ("bert-base",):
        rows += [(name, case(size(8, 512), FP32)), (name, case(size(8, 512), AUTOCAST)), (name, case(size(8, 512), FP32, EAGER)),
                 (name, case(size(8, 512), FP32, CHECKPOINT)), (name, case(size(8, 512)))]
    return rows


GROUPS = {"transformers": transformers_cases}
