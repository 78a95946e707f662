#!/usr/bin/env bash
# Formats the sources: clang-format for C++, Prettier for the rest. With --check it changes nothing and fails on a difference.
# SPDX-License-Identifier: MIT
set -euo pipefail
. "$(dirname "$0")/lib.sh"

clang_mode=(-i) prettier_mode=--write
if [ "${1:-}" = --check ]; then clang_mode=(--dry-run --Werror) prettier_mode=--check; fi

if ! has clang-format; then
    echo "format.sh: clang-format is missing (Debian and Ubuntu: clang-format)" >&2
    exit 1
fi
git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format "${clang_mode[@]}"
git ls-files -z '*.js' '*.mjs' '*.ts' '*.mts' '*.css' | xargs -0 npx --no-install prettier "$prettier_mode"
