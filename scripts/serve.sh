#!/usr/bin/env bash
# Builds the page and serves it on this machine. Extra words go to `vite preview`, for example --port 8080.
# SPDX-License-Identifier: MIT
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh
echo "Building the WebAssembly module"
build wasm --target vram_module vram_widget >build/serve.log 2>&1 || { tail -n 40 build/serve.log >&2; exit 1; }
echo "Building the page"
npm run --silent build --workspace site -- --logLevel warn
echo "Serving; stop with Ctrl-C"
exec npm run --silent preview --workspace site -- "$@"
