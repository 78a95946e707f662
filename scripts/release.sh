#!/usr/bin/env bash
# Builds everything that people can take, with checksums: scripts/release.sh [folder] (build/release if not said)
# SPDX-License-Identifier: MIT
set -euo pipefail
. "$(dirname "$0")/lib.sh"

folder=$(mkdir -p "${1:-build/release}" && cd "${1:-build/release}" && pwd)
version=$(node -e 'import("./scripts/version.mjs").then(({ projectVersion }) => console.log(projectVersion()))')
system=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
mkdir -p build/logs
log=build/logs/release.log

say() { printf '%s\n' "$*" >&2; }
quietly() { "$@" >>"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }; }
# The same bytes for the same content: sorted, without owners, with the date of the last commit.
archive() {
    local name=$1 from=$2
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -C "$from" -cf - . | gzip -9n >"$folder/$name"
}

: >"$log"
scripts/setup.sh >&2
say "Building $version: command line and library, module, page"
quietly build native
quietly build wasm --target vram_module vram_widget
quietly npm run --silent build --workspace site

say "Packing"
rm -rf "$folder"/vram-calculator* "$folder/SHA256SUMS" build/stage
quietly cmake --install build/native --prefix build/stage --strip
archive "vram-calculator-$version-$system.tar.gz" build/stage
archive "vram-calculator-site-$version.tar.gz" site/dist
cp site/dist/vram-calculator.html site/dist/vram-calculator.js "$folder/"
node scripts/pack.mjs "$folder" >/dev/null
node scripts/api-reference.mjs "$folder/vram-calculator-api.md"

integrity=$(node -p 'require("./site/dist/widget.json").integrity')
cd "$folder"
files=(vram-calculator*)
sha256sum "${files[@]}" >SHA256SUMS
printf '%-48s %10s %10s  %s\n' artifact bytes gzip sha256
for file in "${files[@]}"; do
    printf '%-48s %10d %10d  %s\n' "$file" "$(wc -c <"$file")" "$(gzip -9nc "$file" | wc -c)" "$(sha256sum "$file" | cut -c 1-16)…"
done
printf '\nwidget: integrity="%s"\nchecksums in full: %s\n' "$integrity" "$folder/SHA256SUMS"
