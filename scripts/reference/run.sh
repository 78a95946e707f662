#!/usr/bin/env bash
# Regenerates tests/measured/pytorch-*.json from nothing: own virtual environment, progress, resumes where it stopped.
# SPDX-License-Identifier: MIT
#
# usage: run.sh [group ...] [--again] [--only TEXT]   the groups are in cases.py (default: all, then the fake/real comparison)
#        run.sh --gpu [options of gpu.py]             the same cases on a real GPU
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

environment=.venv
stamp=$environment/installed-requirements.txt
if ! cmp -s requirements.txt "$stamp"; then
    echo "installing the pinned packages into $(pwd)/$environment (about 5 GB on disk)"
    [ -x $environment/bin/python ] || "${PYTHON:-python3}" -m venv $environment
    $environment/bin/python -m pip install --progress-bar off --disable-pip-version-check -r requirements.txt
    cp requirements.txt "$stamp"
fi

export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
if [ "${1:-}" = --gpu ]; then
    shift
    exec $environment/bin/python gpu.py "$@"
fi

$environment/bin/python run.py "$@"
if [ $# -eq 0 ]; then
    $environment/bin/python compare.py
fi
