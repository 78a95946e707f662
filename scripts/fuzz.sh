#!/usr/bin/env bash
# Builds every libFuzzer target and runs each for so many seconds (60 if not said): scripts/fuzz.sh [seconds] [target ...]
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
build=build/fuzz

clang=$(command -v clang++ || command -v clang++-14 || true)
if [ -z "$clang" ]; then
    echo "fuzz.sh needs Clang with libFuzzer (Debian and Ubuntu: clang-14 libclang-rt-14-dev, or clang)." >&2
    exit 1
fi

cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DVRAM_BUILD_FUZZERS=ON -DVRAM_SANITIZE=ON -DVRAM_BUILD_TESTS=OFF -DVRAM_BUILD_CLI=OFF >/dev/null
mapfile -t all < <(cd tests/fuzz && printf '%s\n' *_fuzz.cpp | sed 's/_fuzz\.cpp$//')
targets=("${@:-${all[@]}}")
cmake --build "$build" --target "${targets[@]/%/_fuzz}" >/dev/null

# Seeds: the fixtures of that door, wherever the tests keep them.
seeds_of() {
    case $1 in
        gguf | safetensors) echo tests/fixtures/headers ;;
        config) echo tests/fixtures/configs ;;
        log) echo tests/fixtures/logs ;;
        *) echo "tests/fuzz/seeds/$1" ;;
    esac
}

# Words that the readers know, so that the fuzzer does not have to guess them letter by letter.
grep -oh '"[a-z0-9_]\{2,40\}"' core/src/*.cpp | sort -u >"$build/words.dict"

# run_one <target>: prints its line; fails with what was found.
run_one() {
    local target=$1 corpus=$build/corpus/$1 log=$build/$1.log seeds words=() runs rate peak coverage
    mkdir -p "$corpus" "$build/findings"
    seeds=("$(seeds_of "$target")")
    if [ -d "tests/fuzz/seeds/$target" ]; then seeds+=("tests/fuzz/seeds/$target"); fi
    case $target in gguf | safetensors) ;; *) words=("-dict=$build/words.dict") ;; esac
    # 64 KiB is past every seed; an input may take 20 s by the clock, which others use too (the slowest known takes 3 s of a
    # processor: seeds/tool/slow_cnn_928.json), and 2 GiB, one allocation 512 MiB.
    if "$build/bin/${target}_fuzz" "${words[@]}" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048 \
        -malloc_limit_mb=512 -print_final_stats=1 -artifact_prefix="$build/findings/$target-" \
        "$corpus" "${seeds[@]}" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
        peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
        coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
        printf '%-14s %9s runs, %6s a second, %s edges, peak %s MB: nothing found\n' "$target" "$runs" "$rate" "${coverage#cov: }" "$peak"
    else
        printf '%-14s FAILED, see %s and %s/findings\n' "$target" "$log" "$build" >&2
        tail -n 40 "$log" >&2
        return 1
    fi
}

failed=0 running=0
for target in "${targets[@]}"; do
    if [ $running -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    run_one "$target" &
    running=$((running + 1))
done
while [ $running -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
exit $failed
