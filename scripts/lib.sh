# What setup.sh, serve.sh and test.sh share: sourced, not run.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034

kNodeNeeded=20.19.0   # Vite 7
kCMakeNeeded=3.24.0   # CMakePresets.json

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repository" || exit 1

# Where setup.sh puts a Node when the system's is too old; outside the clone, so that clones share it.
own_tools=${XDG_CACHE_HOME:-$HOME/.cache}/vram-calculator
if [ -x "$own_tools/bin/node" ]; then PATH=$own_tools/bin:$PATH; fi

has() { command -v "$1" >/dev/null 2>&1; }

# at_least <version> <needed>
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

node_is_new_enough() { has node && has npm && at_least "$(node --version | cut -c 2-)" "$kNodeNeeded"; }
cmake_is_new_enough() { has cmake && at_least "$(cmake --version | awk 'NR == 1 { print $3 }')" "$kCMakeNeeded"; }

# The browser of the tests: $CHROMIUM, or the first known name that is there.
find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && has "$name"; then command -v "$name"; return; fi
    done
    return 1
}

# build <preset> [target]: configures and builds; quick when nothing changed.
build() {
    local preset=$1 fresh=()
    if [ "$preset" = wasm ]; then
        # Another Emscripten than last time: what CMake remembers of the old one is wrong.
        local stamp=build/wasm.toolchain compiler
        compiler="$(command -v emcc) $(emcc --version | sed -n 1p)"
        if [ "$(cat "$stamp" 2>/dev/null)" != "$compiler" ]; then fresh=(--fresh); fi
        mkdir -p build
        printf '%s\n' "$compiler" >"$stamp"
    fi
    cmake --preset "$preset" "${fresh[@]}" && cmake --build --preset "$preset" "${@:2}"
}
