#!/usr/bin/env python3
"""Writes config.json fixtures and the parameter counts that Transformers itself gives them.

    python3 scripts/reference/make_config_fixtures.py tests

Needs transformers, timm (for Gemma-3n's tower) and torch. Every model is built on the meta device, so nothing is downloaded or allocated: the
library's own code says how many parameters a config means. Frozen parameters that are no weights (Whisper's sinusoidal
positions) are left out. Writes <tests>/fixtures/configs/<name>.json and <tests>/golden/config_parameters.json.
SPDX-License-Identifier: MIT
"""
import json
import os
import sys
import warnings

import torch
import transformers

from config_fixture_models import MODELS, UNSUPPORTED_BY_LIBRARY


def count(config, class_name):
    cls = getattr(transformers, class_name)
    with torch.device("meta"):
        model = cls(config)
    model.tie_weights()
    # These are buffers in the library and tensors of every checkpoint: routers' score corrections, what scales a layer's
    # result (Gemma-4), what standardises a tower's.
    stored = ("e_score_correction_bias", "layer_scalar", "std_bias", "std_scale")
    buffers = sum(b.numel() for n, b in model.named_buffers() if n.endswith(stored))
    return sum(p.numel() for p in model.parameters() if p.requires_grad) + buffers


def config_of(given):
    fields = {k: v for k, v in given.items() if k not in ("model_type", "architectures")}
    return transformers.CONFIG_MAPPING[given["model_type"]](**json.loads(json.dumps(fields)))


def main(root):
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    configs, golden = os.path.join(root, "fixtures", "configs"), os.path.join(root, "golden")
    os.makedirs(configs, exist_ok=True)
    os.makedirs(golden, exist_ok=True)
    rows = []
    for name, given in MODELS.items():
        config, class_name = config_of(given), given["architectures"][0]
        total = count(config, class_name)
        rows.append({"config": name, "model_type": given["model_type"], "parameters": total, "source": class_name})
        with open(os.path.join(configs, name + ".json"), "w") as out:
            json.dump(given, out, indent=1)
            out.write("\n")
        print("%-40s %18s" % (name, format(total, ",")), flush=True)
    for name, (given, total, source) in UNSUPPORTED_BY_LIBRARY.items():
        rows.append({"config": name, "model_type": given["model_type"], "parameters": total, "source": source})
        with open(os.path.join(configs, name + ".json"), "w") as out:
            json.dump(given, out, indent=1)
            out.write("\n")
    document = {"library": "transformers " + transformers.__version__, "rows": rows}
    with open(os.path.join(golden, "config_parameters.json"), "w") as out:
        json.dump(document, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
