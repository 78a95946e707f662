"""Measures every case of the chosen groups and writes tests/measured/pytorch-<group>.json; rows that exist are skipped.

SPDX-License-Identifier: MIT
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import sys
import time
import traceback
import warnings

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "measured"
PACKAGES = {"transformers": ["torch", "transformers"], "torchvision": ["torch", "torchvision"], "timm": ["torch", "timm"]}
SAVED_COLUMNS = ["module", "produced_by", "kept_by", "dtype", "shape", "count", "bytes"]


def write_rows(path, group, rows):
    """One row a line, so that a change of one row is a change of one line."""
    head = {"group": group, "saved_columns": SAVED_COLUMNS, "notes": "see docs/reference-measurements.md"}
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    text = json.dumps(head, separators=(",", ":"))[:-1] + ',"rows":[\n' + lines + "\n]}\n"
    temporary = path.with_suffix(".part")
    temporary.write_text(text)
    temporary.replace(path)


def read_rows(path):
    return json.loads(path.read_text())["rows"] if path.exists() else []


def case_id(config, case):
    """Readable and unique: the knobs that differ from one case to the next, in a fixed order."""
    method = case["method"]
    if method in ("lora", "dora"):
        targets = case["lora_target_modules"]
        named = targets if isinstance(targets, str) else "+".join(target.removesuffix("_proj") for target in targets)
        method += f"-r{case['lora_rank']}-{named}"
    number = case["weight_dtype"] + ("" if case["mixed_precision"] == "none" else f"-autocast-{case['mixed_precision']}")
    size = f"b{case['micro_batch_size']}"
    size += f"-s{case['sequence_length']}" if "sequence_length" in case else ""
    size += f"-t{case['target_length']}" if "target_length" in case else ""
    size += f"-i{case['image_size']}" if "image_size" in case else ""
    parts = [config, method, number, case["attention"], size, "ckpt" if case["activation_checkpointing"] != "none" else ""]
    parts.append(case["optimizer"] + ("" if case["optimizer_implementation"] == "foreach" else f"-{case['optimizer_implementation']}"))
    parts.append(case.get("variant", ""))
    return "/".join(part for part in parts if part)


def versions(entry, case):
    names = PACKAGES[entry["framework"]] + (["peft"] if case["method"] in ("lora", "dora") else [])
    return {name: importlib.metadata.version(name) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", help="groups to measure (default: all)")
    parser.add_argument("--only", help="only cases whose id contains this")
    parser.add_argument("--again", action="store_true", help="measure rows that exist once more")
    parser.add_argument("--list", action="store_true", help="print the ids and stop")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_DISABLE_TORCH_CHECK", "1")  # those checks read values, which fake tensors lack
    import cases
    import models
    configs = models.load_configs()
    groups = cases.GROUPS
    failed = []
    for group in options.groups or groups:
        wanted = {case_id(config, case): (config, case) for config, case in groups[group](configs)}
        if options.list:
            print("\n".join(wanted))
            continue
        path = OUTPUT / f"pytorch-{group}.json"
        rows = {row["id"]: row for row in read_rows(path)}
        rows = {name: rows[name] for name in wanted if name in rows}
        todo = [name for name in wanted if (options.again or name not in rows) and (not options.only or options.only in name)]
        print(f"{group}: {len(wanted)} cases, {len(todo)} to measure", flush=True)
        failed += measure_all(path, group, wanted, rows, todo, configs)
    for name, reason in failed:
        print(f"FAILED {name}: {reason}")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if failed else 0)  # the autograd threads of fake CUDA devices cannot be joined


def measure_all(path, group, wanted, rows, todo, configs):
    import measure
    failed = []
    for number, name in enumerate(todo, 1):
        config, case = wanted[name]
        entry = configs[config]
        began = time.time()
        try:
            measured = measure.measure(entry, case)
        except Exception as error:  # one case that cannot be built must not stop the others; it is listed at the end
            failed.append((name, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]))
            if os.environ.get("TRACEBACK"):
                traceback.print_exc()
            print(f"[{number}/{len(todo)}] {name} FAILED {failed[-1][1]}", flush=True)
            continue
        measured.pop("step_counter_bytes")  # host memory; only the comparison with real CPU tensors needs it
        rows[name] = {
            "id": name, "model": entry["model"], "config": config, "framework": entry["framework"],
            "full_size": "config_changes" not in case and not entry.get("reduced"), "device": "fake cuda",
            "dropout": measured.pop("dropout"), "versions": versions(entry, case), "date": datetime.date.today().isoformat(), "case": case, "measured": measured,
        }
        write_rows(path, group, [rows[key] for key in wanted if key in rows])
        print(f"[{number}/{len(todo)}] {name}: peak {measured['peak_bytes'] / 2**30:.3f} GiB, {time.time() - began:.1f} s", flush=True)
    return failed


if __name__ == "__main__":
    main()
