#!/usr/bin/env bash
# Everything that a machine with a GPU has to say, in about ten minutes: proves every route on it, then measures.
#
#     bash Bench/on-gpu.sh [DEVICE]          cuda:0 where not given; results land in artifacts/on-gpu
#
# Where an SDK and a feed with ILGPU are at hand, programs are built as they are run. A machine without them needs NVIDIA's driver and the
# checkout with two folders that were published elsewhere; then those are taken:
#
#     dotnet publish Tests -c Release -r linux-x64 --self-contained -o artifacts/tests
#     dotnet publish Bench -c Release -r linux-x64 --self-contained -o artifacts/bench
#
# PyTorch is the peer where python3 (or ESTAMPA_PYTHON) has it with CUDA. Send artifacts/on-gpu with an issue: proven.csv belongs to
# Engine/proven.csv where all tests passed, the rows of the .json files to Bench/README.md. Exit code 1 where something failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
device=${1:-cuda:0}
out=$PWD/artifacts/on-gpu
failed=0
mkdir -p "$out"
cp Engine/proven.csv "$out/proven.csv"

tests() {
    if [ -x artifacts/tests/Estampa.Tests ]; then
        artifacts/tests/Estampa.Tests -noColor -class Estampa.Tests.AcceleratorTests -class Estampa.Tests.LoweringTests
    else
        dotnet test -c Release --filter "FullyQualifiedName~AcceleratorTests|FullyQualifiedName~LoweringTests"
    fi
}

bench() {
    if [ -x artifacts/bench/Estampa.Bench ]; then
        artifacts/bench/Estampa.Bench "$@" --device "$device" --unproven
    else
        dotnet run -c Release --project Bench -- "$@" --device "$device" --unproven
    fi
}

# part NAME COMMAND...: its output on the screen and in a file; a failure does not end the others.
part() {
    local name=$1
    shift
    echo "== $name: $*"
    "$@" 2>&1 | tee "$out/$name.txt" || { echo "== $name FAILED"; failed=1; }
}

part machine nvidia-smi
ESTAMPA_PROVE="$out/proven.csv" part tests tests
part launches bench launches
for precision in float32 tf32 bf16; do
    # Rounded inputs change products alone, and PyTorch compiles for a minute each time.
    filter='' kinds=train,encode,reconstruct
    [ "$precision" = float32 ] || filter='64->64'
    [ "$precision" = tf32 ] || kinds=train
    part "roof-$precision" bench roof --precision "$precision"
    part "kernels-$precision" bench kernels --precision "$precision" --filter "$filter" --json "$out/kernels-$precision.json"
    part "steps-$precision" bench steps --precision "$precision" --batch 256,64 --profile --json "$out/steps-$precision.json"
    part "peers-$precision" bench peers --precision "$precision" --batch 256 --kind "$kinds" --rounds 5 --json "$out/peers-$precision.json"
done
part steps-no-capture bench steps --precision tf32 --batch 256 --kind train --no-capture --json "$out/steps-no-capture.json"
exit "$failed"
