"""The cases to measure, by group: which model under which settings.

SPDX-License-Identifier: MIT
"""

BASE = {
    "micro_batch_size": 1, "method": "full", "weight_dtype": "bf16", "mixed_precision": "none", "attention": "sdpa",
    "activation_checkpointing": "none", "optimizer": "adamw", "optimizer_implementation": "foreach",
}
AUTOCAST = {"weight_dtype": "fp32", "mixed_precision": "bf16"}
FP32 = {"weight_dtype": "fp32"}
CHECKPOINT = {"activation_checkpointing": "full"}
EAGER = {"attention": "eager"}
FUSED = {"optimizer_implementation": "fused"}
SGD = {"optimizer": "sgd_momentum"}

# Names of the query and value projections, for adapters on attention only.
QUERY_VALUE = {"gpt2": ["c_attn"], "gpt_neox": ["query_key_value"], "bloom": ["query_key_value"], "falcon": ["query_key_value"],
               "phi3": ["qkv_proj"], "t5": ["q", "v"], "bert": ["query", "value"], "roberta": ["query", "value"],
               "xlm-roberta": ["query", "value"], "distilbert": ["q_lin", "v_lin"], "vit": ["q_proj", "v_proj"],
               "modernbert": ["Wqkv"], "mamba": ["in_proj", "x_proj"], "deepseek_v2": ["q_proj", "kv_b_proj"], "deepseek_v3": ["q_b_proj", "kv_b_proj"],
               "dinov2": ["query", "value"]}
EAGER_ONLY = ("bloom", "gptj", "gemma2", "gpt_oss", "mamba")
GRID = ("llama-3.2-1b", "qwen2.5-0.5b", "gpt2")
GRID_LARGE = ("llama-3.1-8b", "mistral-7b")
DENSE = ("llama-2-7b", "llama-2-13b", "llama-3.1-70b", "llama-3.2-3b", "tinyllama-1.1b", "smollm2-135m", "mistral-nemo-12b",
         "qwen2.5-1.5b", "qwen2.5-7b", "qwen3-0.6b", "qwen3-8b", "gemma-2-2b", "gemma-3-1b", "phi-3-mini", "phi-2", "gpt2-medium",
         "gpt2-xl", "pythia-410m", "pythia-6.9b", "gpt-j-6b", "opt-125m", "opt-1.3b", "bloom-560m", "bloom-1b7", "falcon-7b",
         "starcoder2-3b", "olmo-2-1b")
MOE = ("mixtral-8x7b", "qwen1.5-moe-a2.7b", "qwen3-30b-a3b", "olmoe-1b-7b", "deepseek-v2-lite", "deepseek-v3-4l", "gpt-oss-20b")
ENCODERS = ("bert-large", "roberta-base", "xlm-roberta-large", "distilbert-base", "modernbert-base")
SEQ2SEQ = ("t5-small", "t5-base", "flan-t5-base", "flan-t5-large", "bart-base")
CNN = ("resnet18", "resnet50", "resnet101", "resnext50_32x4d", "resnext101_64x4d", "wide_resnet50_2", "efficientnet_b0",
       "efficientnet_b4", "efficientnet_v2_s", "convnext_tiny", "convnext_base", "regnet_y_400mf", "regnet_y_8gf", "densenet121",
       "vgg16", "vgg16_bn", "mobilenet_v2", "mobilenet_v3_large", "alexnet", "shufflenet_v2_x1_0", "squeezenet1_1")
TV_TRANSFORMERS = ("vit_b_16", "vit_l_16", "vit_b_32", "swin_t", "swin_b")
TIMM = ("vit_base_patch16_224", "vit_large_patch16_224", "deit3_base_patch16_224", "resnet50", "efficientnet_b0",
        "convnext_tiny", "swin_tiny_patch4_window7_224")
HF_VISION = ("vit-base-patch16", "vit-large-patch16", "dinov2-base", "dinov2-large", "swin-tiny-hf")


def case(*changes, **more):
    result = dict(BASE)
    for change in changes:
        result.update(change)
    result.update(more)
    return result


def size(batch, length):
    return {"micro_batch_size": batch, "sequence_length": length}


def image(batch, pixels):
    return {"micro_batch_size": batch, "image_size": pixels}


def family(configs, name):
    return configs[name]["config"].get("model_type")


def attention_of(configs, name):
    return EAGER if family(configs, name) in EAGER_ONLY else {}


def query_value(configs, name, rank=16, task="CAUSAL_LM"):
    targets = QUERY_VALUE.get(family(configs, name), ["q_proj", "v_proj"])
    return {"method": "lora", "lora_rank": rank, "lora_target_modules": targets, "peft_task": task}


def all_linear(rank=16, task="CAUSAL_LM"):
    return {"method": "lora", "lora_rank": rank, "lora_target_modules": "all-linear", "peft_task": task}


def transformers_cases(configs):
    """The grid that fixes the formulas, on six families."""
    rows = []
    for name in GRID:
        rows += [(name, case(size(1, 1024), change)) for change in ({}, CHECKPOINT, EAGER, AUTOCAST, FP32, FUSED)]
        rows += [(name, case(size(1, 1024), AUTOCAST, CHECKPOINT)), (name, case(size(4, 512))),
                 (name, case(size(2, 1024), EAGER, AUTOCAST)), (name, case(size(2, 512), EAGER, FP32))]
    for name in GRID_LARGE:
        lora = query_value(configs, name)
        rows += [(name, case(size(1, 2048))), (name, case(size(1, 2048), CHECKPOINT)), (name, case(size(1, 2048), lora)),
                 (name, case(size(1, 2048), lora, CHECKPOINT)), (name, case(size(2, 1024), all_linear())),
                 (name, case(size(2, 1024), AUTOCAST)), (name, case(size(1, 8192), lora, CHECKPOINT))]
    name = "llama-3.2-1b"
    rows += [(name, case(size(1, 1024), query_value(configs, name))), (name, case(size(1, 1024), all_linear())),
             (name, case(size(1, 1024), AUTOCAST, query_value(configs, name))),
             (name, case(size(4, 512), use_cache=True, variant="use-cache")),
             (name, case(size(4, 512), padding=True, variant="padded")),
             (name, case(size(4, 512), EAGER, padding=True, variant="padded")),
             (name, case(size(1, 8192))), (name, case(size(1, 8192), CHECKPOINT)),
             (name, case(size(1, 1024), CHECKPOINT, reentrant=True, variant="reentrant"))]
    name = "bert-base"
    rows += [(name, case(size(8, 512), FP32, change)) for change in ({}, EAGER, CHECKPOINT, {"mixed_precision": "bf16"})]
    rows += [(name, case(size(8, 512))), (name, case(size(32, 128), FP32)), (name, case(size(32, 128), AUTOCAST, EAGER))]
    return rows


def dense_cases(configs):
    """Every other dense decoder, at full size."""
    large = ("llama-3.1-70b", "llama-2-13b")  # a minute each; their families are covered by smaller ones
    with_eager = ("llama-2-7b", "qwen3-0.6b", "gemma-3-1b", "phi-2", "pythia-410m", "opt-125m", "starcoder2-3b")
    attention = {name: attention_of(configs, name) for name in DENSE}
    rows = [(name, case(size(1, 1024), attention[name])) for name in DENSE]
    rows += [(name, case(size(4, 512), attention[name], query_value(configs, name))) for name in DENSE]
    rows += [(name, case(size(2, 512), attention[name], AUTOCAST)) for name in DENSE if name not in large]
    rows += [(name, case(size(2, 512), EAGER)) for name in with_eager]
    rows += [(name, case(size(1, 1024 if "gpt2" in name else 2048), attention[name], all_linear(), CHECKPOINT))
             for name in DENSE if name not in (*large, "falcon-7b")]  # Falcon's checkpoints ask the driver for random states
    return rows


def moe_cases(configs):
    rows = []
    for name in MOE:
        attention = attention_of(configs, name)
        rows += [(name, case(size(1, 1024), attention)), (name, case(size(2, 512), attention, CHECKPOINT)),
                 (name, case(size(4, 512), attention, query_value(configs, name))),
                 (name, case(size(1, 512), attention, AUTOCAST))]
    rows += [("mamba-130m", case(size(2, 128), EAGER)), ("mamba-130m", case(size(2, 128), EAGER, FP32)),
             ("mamba-130m", case(size(2, 128), EAGER, CHECKPOINT)), ("jamba-8l", case(size(1, 64)))]
    return rows


def encoder_cases(configs):
    rows = []
    for name in ENCODERS:
        rows += [(name, case(size(8, 256), change)) for change in ({}, FP32, AUTOCAST, CHECKPOINT)]
        rows += [(name, case(size(8, 256), FP32, EAGER)), (name, case(size(16, 128), AUTOCAST, query_value(configs, name, 8, "SEQ_CLS")))]
    for name in SEQ2SEQ:
        target = {"target_length": 128}
        rows += [(name, case(size(4, 512), target, change)) for change in ({}, FP32, AUTOCAST, CHECKPOINT, EAGER)]
        if "bart" not in name:
            rows.append((name, case(size(8, 256), target, query_value(configs, name, 8, "SEQ_2_SEQ_LM"))))
    return rows


def multimodal_cases(configs):
    rows = []
    for name in ("clip-vit-b32", "clip-vit-l14"):
        text = {"sequence_length": 77}
        rows += [(name, case(image(16, 224), text, change)) for change in ({}, FP32, AUTOCAST, EAGER, CHECKPOINT)]
        rows.append((name, case(image(64, 224), text, AUTOCAST, CHECKPOINT)))
    name = "llava-1.5-7b"
    picture = {"micro_batch_size": 1, "image_size": 336, "sequence_length": 1024, "images": 1}
    towers = {"method": "frozen", "variant": "projector-only", "trainable": ["model.multi_modal_projector"]}
    language = {"method": "frozen", "variant": "vision-frozen",
                "trainable": ["model.multi_modal_projector", "model.language_model", "lm_head"]}
    rows += [(name, case(picture)), (name, case(picture, CHECKPOINT)), (name, case(picture, towers)), (name, case(picture, language)),
             (name, case(picture, query_value(configs, name))), (name, case(picture, query_value(configs, name), CHECKPOINT)),
             (name, case(picture, EAGER)), (name, case(picture, {"micro_batch_size": 2, "sequence_length": 768}, language, CHECKPOINT))]
    for name in ("whisper-tiny", "whisper-small", "whisper-large-v3"):
        speech = size(4, 128)
        rows += [(name, case(speech, change)) for change in ({}, FP32, AUTOCAST, CHECKPOINT)]
        rows.append((name, case(speech, EAGER)))
        rows.append((name, case(size(8, 64), query_value(configs, name, task=None))))
    return rows


def vision_cases(configs):
    rows = []
    none = {"attention": "none"}
    for short in CNN:
        name = "tv-" + short
        rows += [(name, case(image(32, 224), none, SGD, FP32)), (name, case(image(32, 224), none, SGD, AUTOCAST))]
        if short in ("resnet18", "resnet50", "efficientnet_b0", "convnext_tiny", "vgg16", "densenet121", "mobilenet_v2"):
            rows += [(name, case(image(8, 384), none, SGD, FP32)), (name, case(image(64, 224), none, FP32)),
                     (name, case(image(32, 224), none, SGD))]
    rows += [("tv-resnet50", case(image(32, 224), none, SGD, FP32, method="frozen", trainable=["layer4", "fc"], variant="layer4+fc")),
             ("tv-resnet50", case(image(32, 224), none, SGD, FP32, method="frozen", trainable=["fc"], variant="head-only")),
             ("tv-vgg16", case(image(32, 224), none, SGD, FP32, method="frozen", trainable=["classifier"], variant="classifier")),
             ("tv-convnext_tiny", case(image(32, 224), none, FP32, method="frozen", trainable=["classifier"], variant="head-only")),
             ("tv-mobilenet_v2", case(image(32, 224), none, SGD, FP32, method="frozen", trainable=["features.17", "features.18", "classifier"],
                                      variant="last-blocks"))]
    for short in TV_TRANSFORMERS:
        name = "tv-" + short
        rows += [(name, case(image(16, 224), change)) for change in ({}, FP32, AUTOCAST)]
        if short == "vit_b_16":
            rows.append((name, case(image(8, 384), AUTOCAST)))
    for short in TIMM:
        name = "timm-" + short
        change = none if short in ("resnet50", "efficientnet_b0", "convnext_tiny") else {}
        rows += [(name, case(image(16, 224), change, FP32)), (name, case(image(16, 224), change, AUTOCAST)),
                 (name, case(image(16, 224), change, AUTOCAST, CHECKPOINT))]
        if short == "vit_base_patch16_224":
            rows += [(name, case(image(8, 384), change, AUTOCAST)), (name, case(image(64, 224), change))]
    for name in HF_VISION:
        pixels = 518 if "dinov2" in name else 224
        rows += [(name, case(image(4 if pixels > 224 else 16, pixels), change)) for change in ({}, FP32, AUTOCAST, EAGER)]
        if "swin" not in name:
            rows += [(name, case(image(8, pixels), AUTOCAST, CHECKPOINT))]
    return rows


def peft_cases(configs):
    """Adapters: rank, targets, dropout, type of the adapter, DoRA, frozen layers."""
    rows = []
    for name in ("llama-3.2-1b", "llama-3.1-8b", "qwen2.5-7b"):
        lora, dora = query_value(configs, name), {"method": "dora"}
        length = size(2, 1024)
        rows += [(name, case(length, lora, dora)), (name, case(length, all_linear(), dora)),
                 (name, case(length, all_linear(), dora, CHECKPOINT)), (name, case(length, all_linear(64))),
                 (name, case(length, lora, lora_dropout=0.05, variant="dropout")),
                 (name, case(length, all_linear(), lora_dropout=0.05, variant="dropout")),
                 (name, case(length, all_linear(), adapters_fp32=False, variant="bf16-adapters")),
                 (name, case(length, all_linear(), {"mixed_precision": "bf16"}, variant="autocast-over-bf16")),
                 (name, case(length, lora, {"mixed_precision": "bf16"}, variant="autocast-over-bf16")),
                 (name, case(length, all_linear(), EAGER)),
                 (name, case(length, all_linear(), AUTOCAST, CHECKPOINT)),
                 (name, case(length, {**lora, "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]})),
                 (name, case(length, {**lora, "lora_target_modules": ["gate_proj", "up_proj", "down_proj"]}))]
        nf4 = {"quantization": "nf4", "variant": "nf4"}
        rows += [(name, case(length, lora, nf4)), (name, case(length, all_linear(), nf4)),
                 (name, case(length, all_linear(), nf4, CHECKPOINT)),
                 (name, case(length, all_linear(), CHECKPOINT, quantization="nf4", kbit_prepared=True, variant="nf4-prepared")),
                 (name, case(length, all_linear(), CHECKPOINT, quantization="nf4", optimizer="adamw_8bit", variant="nf4"))]
        layers = configs[name]["config"]["num_hidden_layers"]
        last = [f"model.layers.{index}." for index in range(layers - 4, layers)] + ["model.norm"]
        rows += [(name, case(length, method="frozen", trainable=last, frozen_layers=layers - 4, variant="last-4-layers")),
                 (name, case(length, CHECKPOINT, method="frozen", trainable=last, frozen_layers=layers - 4, variant="last-4-layers"))]
    return rows


def optimizer_cases(configs):
    """The optimizer step: states and what the step itself allocates."""
    rows = []
    for name, length in (("llama-3.2-1b", size(1, 512)), ("gpt2", size(1, 512)), ("t5-small", {**size(1, 256), "target_length": 64})):
        for weights in ({}, FP32):
            rows += [(name, case(length, weights, optimizer=optimizer, optimizer_implementation=how))
                     for optimizer, how in (("adamw", "foreach"), ("adamw", "fused"), ("adamw", "for-loop"), ("sgd_momentum", "foreach"),
                                            ("adafactor", "for-loop"), ("adamw_8bit", "for-loop"))]
    for optimizer, how in (("sgd", "foreach"), ("sgd_momentum", "for-loop"), ("rmsprop", "foreach"), ("adagrad", "foreach")):
        rows.append(("gpt2", case(size(1, 512), optimizer=optimizer, optimizer_implementation=how)))
    for name in ("tv-resnet50", "tv-vgg16"):
        rows += [(name, case(image(8, 224), FP32, {"attention": "none"}, optimizer=optimizer, optimizer_implementation=how))
                 for optimizer, how in (("adamw", "foreach"), ("adamw", "for-loop"), ("sgd_momentum", "foreach"), ("sgd", "foreach"))]
    return rows


GROUPS = {"transformers": transformers_cases, "dense": dense_cases, "moe": moe_cases, "encoders": encoder_cases,
          "multimodal": multimodal_cases, "vision": vision_cases, "peft": peft_cases, "optimizers": optimizer_cases}
