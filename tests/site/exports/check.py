"""Reads exported files with the tools' own parsers. JSON in: [{"id", "name", "text"}]; JSON out: per tool what was found.

A tool that is not installed is named with the reason; nothing is downloaded. Run by exports.test.mjs beside this file.
SPDX-License-Identifier: MIT
"""
import ast
import importlib
import inspect
import io
import contextlib
import json
import shlex
import sys
import tempfile


def accelerate(text):
    """Unknown keys are refused by the reader of `accelerate launch --config_file`."""
    from accelerate.commands.config.config_args import load_config_from_file

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        config = load_config_from_file(file.name)
    if config.distributed_type == "FSDP":
        from accelerate.utils import FullyShardedDataParallelPlugin

        known = set(inspect.signature(FullyShardedDataParallelPlugin).parameters)
        known |= {"version", "offload_params", "auto_wrap_policy", "reshard_after_forward", "state_dict_type"}
        unknown = [key for key in config.fsdp_config if key.removeprefix("fsdp_") not in known]
        if unknown:
            raise ValueError(f"fsdp_config has {unknown}")


def deepspeed(text):
    import deepspeed.runtime.config as runtime

    config = json.loads(text)
    zero = importlib.import_module("deepspeed.runtime.zero.config")
    zero.DeepSpeedZeroConfig(**config["zero_optimization"])  # pydantic, extra keys forbidden
    precision = importlib.import_module("deepspeed.runtime.precision_config")
    precision.get_float16_config(config)
    precision.get_bfloat16_config(config)
    optimizer = config.get("optimizer", {}).get("type", "adamw").lower()
    if optimizer not in runtime.DEEPSPEED_OPTIMIZERS and optimizer != "sgd":
        raise ValueError(f"no optimizer {optimizer}")


def trl(text):
    """Every keyword of every call that takes settings is one of that class."""
    tree = ast.parse(text)
    namespace = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module != "datasets":
            module = importlib.import_module(node.module)
            for alias in node.names:
                namespace[alias.name] = getattr(module, alias.name)
    checked = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in namespace:
            known = inspect.signature(namespace[node.func.id]).parameters
            if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in known.values()):
                continue
            unknown = [keyword.arg for keyword in node.keywords if keyword.arg not in known]
            if unknown:
                raise ValueError(f"{node.func.id} has no {unknown}")
            checked += 1
    if checked < 2:
        raise ValueError("no call with settings found")
    optimizers = [k.value.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "optim"]
    from transformers.training_args import OptimizerNames

    for name in optimizers:
        OptimizerNames(name)


def torchrun(text):
    from torch.distributed.run import get_args_parser

    get_args_parser().parse_args(shlex.split(text.replace("\\\n", " "))[1:])


def llama_factory(text):
    import yaml
    from transformers import HfArgumentParser

    parts = ["data_args.DataArguments", "model_args.ModelArguments", "finetuning_args.FinetuningArguments"]
    classes = []
    for part in parts:
        module, name = part.split(".")
        classes.append(getattr(importlib.import_module(f"llamafactory.hparams.{module}"), name))
    from transformers import TrainingArguments

    known = {field for one in [*classes, TrainingArguments] for field in one.__dataclass_fields__}
    unknown = [key for key in yaml.safe_load(text) if key not in known]
    if unknown:
        raise ValueError(f"no arguments {unknown}")


def axolotl(text):
    import yaml

    schema = importlib.import_module("axolotl.utils.schemas.config").AxolotlInputConfig
    unknown = [key for key in yaml.safe_load(text) if key not in schema.model_fields]
    if unknown:
        raise ValueError(f"no keys {unknown}")


CHECKS = {"accelerate": accelerate, "deepspeed": deepspeed, "trl": trl, "torchrun": torchrun,
          "llama_factory": llama_factory, "axolotl": axolotl}


def main():
    found = {name: {"checked": 0, "problems": []} for name in CHECKS}
    for item in json.load(sys.stdin):
        report = found.get(item["id"])
        if report is None or "skipped" in report:
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                CHECKS[item["id"]](item["text"])
            report["checked"] += 1
        except ImportError as error:
            report["skipped"] = f"not installed: {error}"
        except (Exception, SystemExit) as error:
            report["problems"].append(f"{item['name']}: {type(error).__name__}: {error}")
    print(json.dumps(found))


main()
