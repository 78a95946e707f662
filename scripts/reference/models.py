"""Builds the model, the batch, the loss and the optimizer of one case from hand-written configurations.

SPDX-License-Identifier: MIT
"""
import json
import pathlib

import torch
from torch._subclasses.fake_tensor import unset_fake_temporarily

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
CONFIG_FILE = pathlib.Path(__file__).resolve().parents[2] / "tests" / "measured" / "pytorch-configs.json"
IMAGE_SIZE, CLASSES = 224, 1000


def load_configs(path=CONFIG_FILE):
    return {entry["name"]: entry for entry in json.loads(pathlib.Path(path).read_text())}


def transformers_config(entry, case):
    from transformers import AutoConfig
    values = dict(entry["config"])
    model_type = values.pop("model_type")
    values.update(case.get("config_changes", {}))
    return AutoConfig.for_model(model_type, **values)


def build_transformers(entry, case):
    import transformers
    config = transformers_config(entry, case)
    config.use_cache = case.get("use_cache", False)
    kwargs = {"dtype": DTYPES[case["weight_dtype"]], "attn_implementation": case["attention"]}
    name = entry["class"]
    factory = getattr(transformers, name)
    model = factory.from_config(config, **kwargs) if name.startswith("Auto") else factory._from_config(config, **kwargs)
    if entry.get("untied_head"):  # T5 v1.1 and Flan checkpoints have a head of their own; the configuration class ties it
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    return model


def on_this_device(build, dtype):
    """Builds a model with real values on the CPU (their constructors read values), then moves it to the current device.

    Under FakeTensorMode the copies are fake, and the real ones are dropped at once.
    """
    device = torch.get_default_device()
    with unset_fake_temporarily(), torch.device("cpu"):
        model = build()
    if device.type == "cpu":
        return model.to(dtype)
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                empty = torch.empty(tuple(parameter.shape), device=device, dtype=dtype)
                module._parameters[name] = torch.nn.Parameter(empty, parameter.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                kind = dtype if buffer.is_floating_point() else buffer.dtype
                module._buffers[name] = torch.zeros(tuple(buffer.shape), device=device, dtype=kind)
    return model


def build_torchvision(entry, case):
    import torchvision
    options = image_options(entry, case, "image_size")
    return on_this_device(lambda: torchvision.models.get_model(entry["class"], weights=None, **options),
                          DTYPES[case["weight_dtype"]])


def build_timm(entry, case):
    import timm
    options = image_options(entry, case, "img_size")
    return on_this_device(lambda: timm.create_model(entry["class"], pretrained=False, **options),
                          DTYPES[case["weight_dtype"]])


def image_options(entry, case, name):
    options = dict(entry["config"])
    if options.pop("takes_image_size", False):
        options[name] = case["image_size"]
    return options


BUILDERS = {"transformers": build_transformers, "torchvision": build_torchvision, "timm": build_timm}


def apply_method(model, case):
    """Full training, frozen layers, or adapters; returns the model to call."""
    method = case["method"]
    if case.get("quantization") == "nf4":
        import quantized
        quantized.quantize_linears(model, DTYPES[case["weight_dtype"]])
        if case.get("kbit_prepared"):
            quantized.prepare_for_training(model)
    if method in ("lora", "dora"):
        import peft
        targets = case["lora_target_modules"]
        settings = peft.LoraConfig(
            r=case["lora_rank"], lora_alpha=2 * case["lora_rank"], lora_dropout=case.get("lora_dropout", 0.0),
            target_modules=targets if targets == "all-linear" else list(targets), use_dora=method == "dora",
            task_type=case.get("peft_task"))
        model = peft.get_peft_model(model, settings, autocast_adapter_dtype=case.get("adapters_fp32", True))
    elif method == "frozen":
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(any(name.startswith(prefix) for prefix in case["trainable"]))
    elif method != "full":
        raise ValueError(f"unknown method {method}")
    if case["activation_checkpointing"] == "full":
        enable_checkpointing(model, case)
    return model


def enable_checkpointing(model, case):
    settings = {"use_reentrant": case["reentrant"]} if "reentrant" in case else None
    if hasattr(model, "gradient_checkpointing_enable"):
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=settings)
    elif hasattr(model, "set_grad_checkpointing"):
        model.set_grad_checkpointing(True)
    else:
        raise ValueError("this model has no activation checkpointing of its own")
    if case["method"] in ("lora", "dora") and hasattr(model, "enable_input_require_grads"):
        model.enable_input_require_grads()  # what Transformers' Trainer and PEFT ask for, so that the graph reaches every layer


def text_batch(entry, case, device, vocabulary):
    shape = (case["micro_batch_size"], case["sequence_length"])
    ids = torch.randint(0, vocabulary, shape, device=device)
    return {"input_ids": ids, "labels": ids}


def image_batch(case, device, dtype=torch.float32):
    size = case["image_size"]
    return torch.randn(case["micro_batch_size"], 3, size, size, device=device, dtype=dtype)


def make_batch(entry, case, model, device):
    """The inputs of one step, as the usual data loader and Trainer hand them to the model."""
    kind = entry["input"]
    batch_size = case["micro_batch_size"]
    dtype = DTYPES[case["weight_dtype"]]
    config = getattr(model, "config", None)
    if kind == "tokens":
        batch = text_batch(entry, case, device, config.vocab_size)
        if case.get("padding"):
            batch["attention_mask"] = torch.ones_like(batch["input_ids"])
        return batch
    if kind == "classification-text":
        batch = text_batch(entry, case, device, config.vocab_size)
        batch["labels"] = torch.randint(0, 2, (batch_size,), device=device)
        return batch
    if kind == "seq2seq":
        batch = text_batch(entry, case, device, config.vocab_size)
        batch["labels"] = torch.randint(0, config.vocab_size, (batch_size, case["target_length"]), device=device)
        return batch
    if kind == "image":
        return {"x": image_batch(case, device, dtype), "labels": torch.randint(0, CLASSES, (batch_size,), device=device)}
    if kind == "pixel_values":
        return {"pixel_values": image_batch(case, device, dtype),
                "labels": torch.randint(0, config.num_labels, (batch_size,), device=device)}
    if kind == "clip":
        ids = torch.randint(0, config.text_config.vocab_size, (batch_size, case["sequence_length"]), device=device)
        return {"input_ids": ids, "pixel_values": image_batch(case, device, dtype), "return_loss": True}
    if kind == "whisper":
        features = torch.randn(batch_size, config.num_mel_bins, 2 * config.max_source_positions, device=device, dtype=dtype)
        labels = torch.randint(0, config.vocab_size, (batch_size, case["sequence_length"]), device=device)
        return {"input_features": features, "labels": labels}
    if kind == "llava":
        batch = text_batch(entry, case, device, config.text_config.vocab_size)
        batch["pixel_values"] = image_batch(case, device, dtype)
        return batch
    raise ValueError(f"unknown input kind {kind}")


def compute_loss(entry, model, batch):
    if entry["input"] == "image":
        return torch.nn.functional.cross_entropy(model(batch["x"]), batch["labels"])
    return model(**batch).loss


def make_optimizer(model, case):
    parameters = [p for p in model.parameters() if p.requires_grad]
    name, how = case["optimizer"], case.get("optimizer_implementation", "foreach")
    flags = {"foreach": {"foreach": True}, "fused": {"fused": True}, "for-loop": {"foreach": False}}[how]
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=1e-4, **flags)
    if name == "sgd_momentum":
        return torch.optim.SGD(parameters, lr=1e-2, momentum=0.9, **flags)
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=1e-2, **flags)
    if name in ("adamw_8bit", "paged_adamw_8bit"):
        import quantized
        return quantized.adamw_8bit(parameters, name.startswith("paged"))
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=1e-3, **flags)
    if name == "adagrad":
        return torch.optim.Adagrad(parameters, lr=1e-3, **flags)
    if name == "adafactor":
        from transformers.optimization import Adafactor
        return Adafactor(parameters, lr=1e-3, relative_step=False, scale_parameter=False, warmup_init=False)
    raise ValueError(f"unknown optimizer {name}")
