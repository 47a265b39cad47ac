#!/usr/bin/env bash
# The explorer in a headless Chromium, against a node of its own as `dpgn init --yes` makes it. Writes to target/ only.
#
#   scripts/explorer-test.sh [PROGRAM]       # target/debug/dpgn unless it is named
#
# CHROMIUM says where Chromium is, if not at /usr/bin/chromium; playwright-core comes from the npm registry.
set -eu
cd "$(dirname "$0")/.."
PROGRAM=$PWD/${1:-target/debug/dpgn}
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
WORK=$PWD/target/explorer-test

[ -x "$CHROMIUM" ] || { echo "the explorer was NOT tried in a browser: there is no $CHROMIUM" && exit 0; }
# As they lie in the repository, since tests read the page's files.
rm -rf "$WORK"
mkdir -p "$WORK/tests"
cp -R node/gateway/explorer "$WORK"
cp -R node/gateway/tests/explorer "$WORK/tests"
if ! (cd "$WORK/tests/explorer" && npm ci --ignore-scripts --no-audit --no-fund --silent); then
    echo "the explorer was NOT tried in a browser: playwright-core cannot be fetched from here"
    exit 0
fi

export DPGN_DATA_DIR=$WORK/node DPGN_NETWORK_LISTEN=/ip4/127.0.0.1/tcp/0 DPGN_GATEWAY_LISTEN=127.0.0.1:0
"$PROGRAM" init --yes >"$WORK/init.log"
"$PROGRAM" node run >"$WORK/node.log" 2>&1 &
NODE=$!
trap 'kill "$NODE" 2>/dev/null; wait "$NODE" 2>/dev/null || true' EXIT
until GATEWAY_URL=$(grep -o 'http://127[0-9.:]*' "$WORK/node.log") && curl -sf "$GATEWAY_URL/ready" >"$WORK/ready"; do
    kill -0 "$NODE" || { cat "$WORK/node.log" && exit 1; }
    sleep 0.2
done
export GATEWAY_URL
cd "$WORK/tests/explorer" && npm test --silent
