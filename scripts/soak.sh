#!/usr/bin/env bash
# A soak: a local testnet that is fed with tasks without a pause, while one of its coordinators and provers after the other
# is killed and comes back. It prints what went in, what was paid, whether the books balance, and what memory and disk grew by.
set -euo pipefail

ROOT="$(cd "$(dirname "$0")/.." && pwd)"
export TESTNET_DIR="${TESTNET_DIR:-$ROOT/testnet/soak}"
export TESTNET_PORT="${TESTNET_PORT:-9750}"
TESTNET="$ROOT/scripts/testnet.sh"
# Seconds between two kills, and until a killed node is back.
KILL_EVERY=20
BACK_AFTER=8

usage() {
    cat <<'END'
A local testnet under load, whose nodes are killed one after the other.

Usage: scripts/soak.sh [MINUTES] [SEED]

Four coordinators, three provers and a requester run for so many minutes (60 unless said otherwise). The requester buys
proofs one after the other; every 20 s a node drawn by the seed (1) is killed with -9 and restarted 8 s later.
Exit code 1: a task was lost, books do not balance, nodes disagree, or somebody was penalised.

It needs Linux and `jq`. The network lies below testnet/soak, on port 9750 and those after it, and is there afterwards,
stopped; if the soak was interrupted its nodes still run. Before the next one forget it:
  TESTNET_DIR=testnet/soak scripts/testnet.sh down --delete

Environment: TESTNET_DIR, TESTNET_PORT and TESTNET_DPGN, as for scripts/testnet.sh.

Example:
  scripts/soak.sh 3
END
}

case "${1:-}" in -h | --help | help) usage && exit 0 ;; esac
MINUTES="${1:-60}"
RANDOM="${2:-1}"
for tool in jq awk; do
    command -v "$tool" >/dev/null || { echo "error: soak.sh needs \`$tool\`: install it" >&2; exit 2; }
done
[[ $MINUTES =~ ^[0-9]+$ ]] || { usage >&2 && exit 2; }

say() { printf '%6d s  %s\n' "$SECONDS" "$1"; }
status_of() { "$TESTNET" dpgn "$1" --format json node status; }
names() { cat "$TESTNET_DIR/nodes"; }

# Resident memory of all nodes and bytes of their stores, in MiB.
memory() { for name in $(names); do awk '/VmRSS/ {print $2}' "/proc/$(cat "$TESTNET_DIR/$name.pid")/status" || true; done | awk '{n += $1} END {printf "%d", n / 1024}'; }
disk() { du -sm "$TESTNET_DIR" | cut -f1; }

# Buys proofs until the end; one line for each in a file: the exit code, and the seconds that it took.
buy() {
    local begun code
    while [ ! -e "$TESTNET_DIR/enough" ]; do
        begun=$SECONDS code=0
        "$TESTNET" submit "$ROOT/node/prover/samples/range.r1cs" "$ROOT/node/prover/samples/range.wtns" \
            >>"$TESTNET_DIR/bought.log" 2>&1 || code=$?
        echo "$code $((SECONDS - begun))" >>"$TESTNET_DIR/bought"
    done
}

# One node after the other dies and comes back; never two at once, so that more than two thirds always decide.
kill_in_turn() {
    local nodes victim
    mapfile -t nodes < <(names | grep -v '^requester$')
    while [ "$SECONDS" -lt $((MINUTES * 60)) ]; do
        victim=${nodes[RANDOM % ${#nodes[@]}]}
        "$TESTNET" kill "$victim"
        KILLS=$((KILLS + 1))
        sleep "$BACK_AFTER"
        "$TESTNET" restart "$victim"
        sleep $((KILL_EVERY - BACK_AFTER))
        if [ $((KILLS % 15)) -eq 0 ]; then
            say "$KILLS kills, $(wc -l <"$TESTNET_DIR/bought") tasks, memory $(memory) MiB, disk $(disk) MiB"
        fi
    done
}

"$TESTNET" up --coordinators 4 --provers 3
: >"$TESTNET_DIR/bought"
KILLS=0
BONDS=$(status_of requester | jq .supply.bonds)
FIRST_MEMORY=$(memory) FIRST_DISK=$(disk)
say "begun: memory $FIRST_MEMORY MiB, disk $FIRST_DISK MiB"
buy &
BUYER=$!
trap 'touch "$TESTNET_DIR/enough"' EXIT
kill_in_turn
touch "$TESTNET_DIR/enough"
wait "$BUYER"
# The last blocks reach everybody.
sleep 5

BAD=0
fail() {
    say "BAD: $1"
    BAD=1
}
TASKS=$(wc -l <"$TESTNET_DIR/bought") LOST=$(grep -cv '^0 ' "$TESTNET_DIR/bought" || true)
[ "$LOST" -eq 0 ] || fail "$LOST of $TASKS tasks were not paid for"
HEADS=$(for name in $(names); do status_of "$name" | jq -r '"\(.height) \(.head)"'; done | sort -u)
[ "$(wc -l <<<"$HEADS")" -eq 1 ] || fail "nodes are at different blocks: $(tr '\n' ';' <<<"$HEADS")"
SUPPLY=$(status_of requester | jq .supply)
jq -e '.minted == ([del(.minted)[]] | add)' <<<"$SUPPLY" >/dev/null || fail "the books do not balance: $SUPPLY"
[ "$(jq .bonds <<<"$SUPPLY")" -eq "$BONDS" ] || fail "bonds were $BONDS and are $(jq .bonds <<<"$SUPPLY"): somebody was penalised"
say "$KILLS kills; $TASKS tasks, $((TASKS - LOST)) paid; seconds a task: $(sort -k2n "$TESTNET_DIR/bought" | awk '{t[NR] = $2} END {print "p50", t[int((NR + 1) / 2)], "worst", t[NR]}')"
say "height $(cut -d' ' -f1 <<<"$HEADS" | head -n 1), supply $(jq -c . <<<"$SUPPLY")"
say "memory $FIRST_MEMORY -> $(memory) MiB, disk $FIRST_DISK -> $(disk) MiB"
"$TESTNET" down
exit "$BAD"
