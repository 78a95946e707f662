#!/usr/bin/env bash
# Everything needed, then every test. `scripts/test.sh <step>...` runs only those; `--verbose` shows all output.
# SPDX-License-Identifier: MIT
set -uo pipefail
. "$(dirname "$0")/lib.sh"

# name | what it proves. Step `format` runs on request only: its answer depends on the formatter's version.
kSteps=(
    "data|the catalog's rows: schema, units, sources, duplicates"
    "native|release build, GoogleTest"
    "sanitize|debug build, warnings are errors, GoogleTest under ASan and UBSan"
    "wasm|WebAssembly build, the same GoogleTest binary under Node"
    "module|the built module called from Node"
    "types|strict type check of the module's types and of the page"
    "site|the page's functions"
    "browser|the built page in Chromium"
    "doors|package, offline page, single file, widget, tools, command line, installation"
    "accuracy|measured rows against the engine: no group worse than the best figures reached"
    "fuzz|hostile input to every reader, 60 s each"
)

run_data() { node scripts/check-data.mjs; }
run_native() { build native && ctest --preset native --verbose; }
run_sanitize() { build native-debug && ctest --preset native-debug --verbose; }
run_wasm() { build wasm && ctest --preset wasm --verbose; }
run_module() { build wasm --target vram_module && node --test --test-reporter=tap tests/wasm/*.test.mjs; }
run_types() {
    build wasm --target vram_module && npx --no-install tsc -p tests/wasm && npm run typecheck --workspace site
}
run_site() {
    build wasm --target vram_module && npm run test:unit --workspace site &&
        node --test --test-reporter=tap tests/site/exports/*.test.mjs
}
# What people get: the command line and the built page, and where the tests find them.
build_site() {
    export VRAM_CLI=$repository/build/native/bin/vram-calculator CHROMIUM
    CHROMIUM=$(find_chromium) || return
    build native --target vram_cli && build wasm --target vram_module vram_widget && npm run build --workspace site
}
run_browser() { build_site && npm run test:browser --workspace site; }
run_doors() { build_site && node --test --test-reporter=tap --test-concurrency=2 tests/doors/*.test.mjs; }
run_accuracy() {
    build native --target vram_cli && node --test --test-reporter=tap tests/accuracy/*.test.mjs && node tests/accuracy/accuracy.mjs
}
run_fuzz() { scripts/fuzz.sh 60; }
run_format() { scripts/format.sh --check; }

# count <log>: prints "<passed> <failed>", read from the summaries of GoogleTest and node:test.
count() {
    awk '
        /\[  PASSED  \] [0-9]+ test/ { sub(/.*\[  PASSED  \] /, ""); passed += $1; next }
        /\[  FAILED  \] [0-9]+ test/ { sub(/.*\[  FAILED  \] /, ""); failed += $1; next }
        /^(#|ℹ) pass [0-9]+/ { passed += $3 }
        /^(#|ℹ) (fail|cancelled) [0-9]+/ { failed += $3 }
        END { print passed + 0, failed + 0 }' "$1"
}

# failures_of <step> <log>: what failed and the first lines of why; "the step itself" when no test says so.
failures_of() {
    local found
    found=$(grep -A 20 -E '^ *not ok |^\[  FAILED  \] .* \(|Failure$' "$2" | grep -vE '^ *(---|\.\.\.|duration_ms|type:)' | head -n 60)
    printf '%s:\n%s\n' "$1" "${found:-$(tail -n 15 "$2")}" | cut -c 1-300
}

verbose=no names=()
for word in "$@"; do
    case $word in
        --verbose) verbose=yes ;;
        *)
            if ! declare -F "run_$word" >/dev/null; then
                echo "test.sh: no step '$word'; the steps are:" >&2
                printf '  %s\n' "${kSteps[@]%%|*}" format >&2
                exit 2
            fi
            names+=("$word")
            ;;
    esac
done
if [ ${#names[@]} -eq 0 ]; then names=("${kSteps[@]%%|*}"); fi

scripts/setup.sh || exit 1
if [ -x "$own_tools/bin/node" ]; then PATH=$own_tools/bin:$PATH; fi

mkdir -p build/logs
passed=0 failed=0 rows=() failures=()
for index in "${!names[@]}"; do
    name=${names[$index]} log=build/logs/${names[$index]}.log began=$SECONDS
    what=$(printf '%s\n' "${kSteps[@]}" | sed -n "s/^$name|//p")
    printf '\n[%d/%d] %s: %s\n' $((index + 1)) ${#names[@]} "$name" "$what"
    if [ $verbose = yes ]; then
        "run_$name" 2>&1 | tee "$log"
    else
        "run_$name" >"$log" 2>&1
    fi
    status=$?
    read -r good bad < <(count "$log")
    if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi                   # the build or a checker failed
    if [ $status -eq 0 ] && [ $((good + bad)) -eq 0 ]; then good=1; fi         # a checker without a count
    if [ "$bad" -ne 0 ]; then
        if [ $verbose = no ]; then tail -n 80 "$log" | cut -c 1-400; fi
        failures+=("$(failures_of "$name" "$log")")
    fi
    passed=$((passed + good)) failed=$((failed + bad))
    verdict=$([ "$bad" -eq 0 ] && echo passed || echo FAILED)
    rows+=("$(printf '%-10s %-7s %6d %6d %6d s' "$name" "$verdict" "$good" "$bad" $((SECONDS - began)))")
    printf '      %s, %d s (%s)\n' "$verdict" $((SECONDS - began)) "$log"
done

printf '\n%-10s %-7s %6s %6s %8s\n' step result passed failed time
printf '%s\n' "${rows[@]}"
if [ ${#failures[@]} -gt 0 ]; then printf '\nwhat failed\n%s\n' "$(printf '%s\n' "${failures[@]}")"; fi
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
