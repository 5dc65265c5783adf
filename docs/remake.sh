#!/usr/bin/env bash
# Remakes docs/report.png, the README's picture, from a new run of stamp-vae on simulated alerts.
# Arguments go to the training: bash docs/remake.sh --data ../shared/data/ztf
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet run -c Release --project Runner -- train stamp-vae --seed 1 --out "$work/run" "$@"
cp "$work/run/figures/reconstructions.png" docs/report.png
ls -l docs/report.png
