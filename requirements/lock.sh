#!/usr/bin/env bash
# Resolve pyproject.toml into requirements/lock.txt with pip-tools, in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
cp requirements/lock.txt "$tools/lock.txt" # pins stand until something asks for another one
"$tools/bin/python" -m pip install -q --disable-pip-version-check "pip==25.3" "pip-tools==7.5.2"
"$tools/bin/python" -m piptools compile -q "$@" --extra dev --allow-unsafe --strip-extras \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
    --no-emit-options --constraint requirements/constraints.txt \
    --output-file "$tools/lock.txt" pyproject.toml

# torch: one line serves every build (+cpu, +cu…), and it pins its CUDA libraries itself.
# triton: only where openai-whisper asks for it; torch brings its own elsewhere.
sed -E -e '/^#/d' -e '/^(nvidia|cuda)-/d' -e 's/^(torch==[^+]+)\+.*/\1/' \
    -e 's/^triton==.*/& ; sys_platform == "linux" and platform_machine == "x86_64"/' \
    "$tools/lock.txt" >requirements/lock.txt
