"""Runs the reference cases on a real GPU: allocated, reserved and driver-level peaks, fixed costs, step time.

Needs PyTorch and Transformers (PEFT, torchvision, timm where present). Ends within --minutes, continues where it stopped,
writes one JSON. Without a GPU it says so and ends with status 3; --rehearse runs its code on tiny models on the CPU.

SPDX-License-Identifier: MIT
"""
import argparse
import contextlib
import datetime
import gc
import json
import pathlib
import subprocess
import sys
import time
import warnings

import torch

import cases
import measure
import models
import run

MIB = 2**20
ROUNDING_PROBES = (1, 512, 513, MIB - 1, MIB + 1, 2 * MIB + 1, 10 * MIB - 1, 10 * MIB + 1, 33 * MIB + 1)
NO_GPU_STATUS = 3
ORDER = ("transformers", "peft", "vision", "encoders", "optimizers", "multimodal", "moe", "dense")
STEPS = 4  # one to create the optimizer states and choose kernels, the rest are timed


class Meter:
    """Memory counters of the device; on the CPU every one reads zero."""

    def __init__(self, device):
        self.cuda = device == "cuda"

    def allocated(self):
        return torch.cuda.memory_allocated() if self.cuda else 0

    def reserved(self):
        return torch.cuda.memory_reserved() if self.cuda else 0

    def peaks(self):
        if not self.cuda:
            return {"allocated_bytes": 0, "reserved_bytes": 0}
        return {"allocated_bytes": torch.cuda.max_memory_allocated(), "reserved_bytes": torch.cuda.max_memory_reserved()}

    def driver_used(self):
        if not self.cuda:
            return 0
        free, total = torch.cuda.mem_get_info()
        return total - free

    def total(self):
        return torch.cuda.mem_get_info()[1] if self.cuda else 2**34

    def reset(self):
        if self.cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()

    def wait(self):
        if self.cuda:
            torch.cuda.synchronize()

    def empty(self):
        gc.collect()
        if self.cuda:
            torch.cuda.empty_cache()


def driver_query(fields):
    """One line of nvidia-smi, or nothing where the tool is missing."""
    try:
        answer = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"],
                                capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return [part.strip() for part in answer.stdout.splitlines()[0].split(",")] if answer.returncode == 0 and answer.stdout else None


def fixed_costs(meter, before):
    """Context, cuBLAS workspaces and the allocator's rounding; `before` is what nvidia-smi said before the first CUDA call."""
    device = "cuda" if meter.cuda else "cpu"
    torch.zeros(1, device=device)
    meter.wait()
    result = {"used_before_context_mib": before, "driver_used_after_context_bytes": meter.driver_used(),
              "reserved_after_context_bytes": meter.reserved()}
    result["context_bytes"] = result["driver_used_after_context_bytes"] - meter.reserved() - (int(before) * MIB if before else 0)
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        left = torch.ones(256, 256, device=device, dtype=dtype)
        out = torch.empty_like(left)
        start = meter.allocated()
        torch.mm(left, left, out=out)
        meter.wait()
        result[f"cublas_workspace_{name}_bytes"] = meter.allocated() - start
        start = meter.allocated()
        torch.nn.functional.linear(left, left, torch.ones(256, device=device, dtype=dtype))
        meter.wait()
        result[f"cublaslt_workspace_{name}_bytes"] = meter.allocated() - start
    rounding = []
    for size in ROUNDING_PROBES:
        meter.empty()
        allocated, reserved = meter.allocated(), meter.reserved()
        probe = torch.empty(size, dtype=torch.uint8, device=device)
        rounding.append([size, meter.allocated() - allocated, meter.reserved() - reserved])
        del probe
    result["rounding"] = rounding
    result["driver_used_with_libraries_bytes"] = meter.driver_used() - meter.reserved()
    return result


def step(entry, case, model, optimizer, batch, device, meter):
    """One training step; peaks and milliseconds by phase."""
    phases = {}

    def close(name, start):
        meter.wait()
        phases[name] = {**meter.peaks(), "milliseconds": round(1e3 * (time.perf_counter() - start), 3)}
        meter.reset()
        return time.perf_counter()

    meter.reset()
    clock = time.perf_counter()
    with measure.precision(case, device):
        loss = models.compute_loss(entry, model, batch)
    clock = close("forward_and_loss", clock)
    loss.backward()
    clock = close("backward", clock)
    optimizer.step()
    close("optimizer", clock)
    optimizer.zero_grad(set_to_none=True)
    return phases


def measure_case(entry, case, device, meter):
    meter.empty()
    torch.manual_seed(0)
    with torch.device(device):
        model = models.BUILDERS[entry["framework"]](entry, case)
    model.train()
    model = models.apply_method(model, case)
    optimizer = models.make_optimizer(model, case)
    batch = models.make_batch(entry, case, model, device)
    resident = meter.allocated()
    runs = [step(entry, case, model, optimizer, batch, device, meter) for _ in range(STEPS)]
    last = runs[-1]
    times = sorted(sum(phase["milliseconds"] for phase in phases.values()) for phases in runs[1:])
    return {
        "weights_and_inputs_bytes": resident, "with_states_bytes": meter.allocated(),
        "peak_allocated_bytes": max(phase["allocated_bytes"] for phase in last.values()),
        "peak_reserved_bytes": max(phase["reserved_bytes"] for phases in runs for phase in phases.values()),
        "first_step_peak_allocated_bytes": max(phase["allocated_bytes"] for phase in runs[0].values()),
        "driver_used_bytes": meter.driver_used(), "reserved_at_end_bytes": meter.reserved(),
        "phases": last, "step_milliseconds": times[len(times) // 2],
    }


def expected_peaks():
    """Peaks of the fake-tensor rows by id: used to skip what cannot fit and to start with the cheap cases."""
    found = {}
    for path in sorted(run.OUTPUT.glob("pytorch-*.json")):
        data = json.loads(path.read_text())
        if isinstance(data, dict):
            found.update({row["id"]: row["measured"]["peak_bytes"] for row in data["rows"] if "measured" in row})
    return found


def available(entry, case):
    import importlib.util
    needed = [entry["framework"]] + (["peft"] if case["method"] in ("lora", "dora") else [])
    return all(importlib.util.find_spec(name) for name in needed)


def plan(configs, meter):
    """Cases that can run here, in the order of ORDER, every third one first so that an early end still leaves a spread."""
    peaks = expected_peaks()
    limit = 0.92 * meter.total()
    everything = [(run.case_id(name, case), name, case) for group in ORDER for name, case in cases.GROUPS[group](configs)]
    fitting = [item for item in everything if peaks.get(item[0], limit) < limit and available(configs[item[1]], item[2])]
    return [item for offset in range(3) for item in fitting[offset::3]], len(everything) - len(fitting)


def rehearse():
    """The same functions on tiny models on the CPU: every path but the CUDA counters."""
    import compare
    meter = Meter("cpu")
    print(json.dumps(fixed_costs(meter, None)))
    for name, case in compare.small_cases()[:4]:
        entry = compare.entry_of(name, {}, False)
        print(run.case_id(name, case), json.dumps(measure_case(entry, case, "cpu", meter)))


def write(path, header, rows):
    temporary = path.with_suffix(".part")
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows.values())
    temporary.write_text(json.dumps(header, separators=(",", ":"))[:-1] + ',"rows":[\n' + lines + "\n]}\n")
    temporary.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent / "gpu.json")
    parser.add_argument("--minutes", type=float, default=9.0, help="stop starting new cases after this long")
    parser.add_argument("--only", help="only cases whose id contains this")
    parser.add_argument("--rehearse", action="store_true", help="run the code on tiny models on the CPU, write nothing")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    began = time.time()
    if options.rehearse:
        rehearse()
        return 0
    before = driver_query("memory.used,driver_version")
    if not torch.cuda.is_available():
        print("no GPU: torch.cuda.is_available() is false here, nothing was measured", file=sys.stderr)
        return NO_GPU_STATUS
    meter = Meter("cuda")
    costs = fixed_costs(meter, before[0] if before else None)
    properties = torch.cuda.get_device_properties(0)
    header = {"group": "gpu", "gpu": properties.name, "capability": [properties.major, properties.minor],
              "total_bytes": meter.total(), "driver": before[1] if before else None, "torch": torch.__version__,
              "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "fixed": costs}
    rows = {}
    if options.output.exists():
        earlier = json.loads(options.output.read_text())
        rows = {row["id"]: row for row in earlier["rows"]} if earlier["gpu"] == header["gpu"] else {}
    configs = models.load_configs()
    todo, skipped = plan(configs, meter)
    print(f"{header['gpu']}: {len(todo)} cases, {len(rows)} done before, {skipped} do not fit or lack a package", flush=True)
    for name, config, case in todo:
        if name in rows or (options.only and options.only not in name):
            continue
        if time.time() - began > 60 * options.minutes:
            print("time is up; run again to continue")
            break
        rows[name] = run_one(name, config, case, configs, meter)
        write(options.output, header, rows)
    write(options.output, header, rows)
    return 0


def run_one(name, config, case, configs, meter):
    entry = configs[config]
    row = {"id": name, "model": entry["model"], "config": config, "framework": entry["framework"], "device": "cuda",
           "versions": run.versions(entry, case), "date": datetime.date.today().isoformat(), "case": case}
    start = time.time()
    try:
        row["measured"] = measure_case(entry, case, "cuda", meter)
        peak = row["measured"]["peak_allocated_bytes"]
        print(f"{name}: allocated {peak / 2**30:.3f} GiB, {time.time() - start:.1f} s", flush=True)
    except torch.cuda.OutOfMemoryError:
        row["out_of_memory"] = True
        print(f"{name}: out of memory", flush=True)
    except Exception as error:  # a case this installation cannot run must not end the session; the row says why
        row["failed"] = f"{type(error).__name__}: {error}"[:300]
        print(f"{name}: {row['failed']}", flush=True)
    with contextlib.suppress(Exception):
        meter.empty()
    return row


if __name__ == "__main__":
    sys.exit(main())
