#!/usr/bin/env bash
# Speed: evaluations per second natively and in WASM, what each feature costs of them, microseconds per JSON call, milliseconds
# from input to paint.
# Prints a table, and the same as JSON in build/bench.json. Measured, never asserted.
# SPDX-License-Identifier: MIT
set -euo pipefail
. "$(dirname "$0")/lib.sh"
scripts/setup.sh

build_bench() { # build_bench <preset>
    cmake --preset "$1" -DVRAM_BUILD_BENCH=ON >/dev/null
    cmake --build --preset "$1" --target vram_bench >/dev/null
}

echo "building..."
build_bench native
build_bench wasm
build wasm --target vram_module >/dev/null
npm run build --workspace site >/dev/null

echo "measuring..."
native=$(build/native/bin/vram_bench)
wasm=$(node --no-experimental-fetch build/wasm/bin/vram_bench.js)
CHROMIUM=$(find_chromium) && export CHROMIUM
page=$(node tests/bench/page-latency.mjs | paste -sd, -)

mkdir -p build
printf '{"native":%s,"wasm":%s,"page":[%s]}\n' "$native" "$wasm" "$page" >build/bench.json
node -e '
const all = JSON.parse(require("fs").readFileSync("build/bench.json", "utf8"));
const keys = Object.keys(all.native).filter((key) => key !== "features");
const text = (n) => n.toLocaleString("en", { maximumFractionDigits: 2 });
console.log("".padEnd(42), "native".padStart(14), "WASM".padStart(14));
for (const key of keys) console.log(key.replaceAll("_", " ").padEnd(42), text(all.native[key]).padStart(14), text(all.wasm[key]).padStart(14));
// What a feature costs: its time against that of the plain run, the first row of its task.
console.log("\nevaluations per second".padEnd(76), "native".padStart(12), "WASM".padStart(12), "time, native".padStart(14), "time, WASM".padStart(12));
const plain = (rows, task) => rows.find((row) => row.task === task).evaluations_per_second;
all.native.features.forEach(({ name, task, evaluations_per_second: native }, at) => {
  const wasm = all.wasm.features[at].evaluations_per_second;
  const times = [plain(all.native.features, task) / native, plain(all.wasm.features, task) / wasm].map((ratio) => `× ${text(ratio)}`);
  console.log(name.padEnd(75), text(native).padStart(12), text(wasm).padStart(12), times[0].padStart(14), times[1].padStart(12));
});
console.log();
for (const { tab, field, ...figures } of all.page) console.log(`page, ${tab}, ${field}: ` + Object.entries(figures).map(([key, value]) => `${key} ${text(value)}`).join(", "));
'
