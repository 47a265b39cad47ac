#!/usr/bin/env bash
# Compiles the sample circuits over Goldilocks and computes their witnesses. Needs node and npm.
#
#   scripts/compile-samples.sh OUT_DIR          all samples into OUT_DIR, SHA-256 (5 MB) among them
#   scripts/compile-samples.sh --check-in       the small ones, in place, as they are checked in
#
# The same compiler gives the same .r1cs and .sym, byte for byte.
set -euo pipefail

samples=$(cd "$(dirname "$0")/../node/prover/samples" && pwd)
if [ "${1:?where to put the compiled circuits}" = --check-in ]; then
    out=$samples
    names=(range adult)
else
    mkdir -p "$1"
    out=$(cd "$1" && pwd)
    names=(range adult sha256)
fi

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cd "$build"
npm install --silent --no-fund --no-audit circom2@0.2.23 circomlib@2.0.5
cp "$samples"/*.circom "$samples"/*.json .
for name in "${names[@]}"; do
    npx circom2 "$name.circom" --r1cs --wasm --sym --prime goldilocks -l node_modules
    node "${name}_js/generate_witness.js" "${name}_js/$name.wasm" "$name.json" "$name.wtns"
    cp "$name.r1cs" "$name.sym" "$name.wtns" "$out"
done
