#!/usr/bin/env bash
# A local testnet: coordinators, provers and a requester as processes of one machine, which find each other on loopback,
# gossip, prove and settle as strangers would. Everything of it lies below testnet/local: keys, data, logs, process ids.
set -euo pipefail

ROOT="$(cd "$(dirname "$0")/.." && pwd)"
DIR="${TESTNET_DIR:-$ROOT/testnet/local}"
FIRST_PORT="${TESTNET_PORT:-9710}"
FIRST_GATEWAY="${TESTNET_GATEWAY_PORT:-8080}"
DPGN="${TESTNET_DPGN:-$ROOT/target/release/dpgn}"
# Nodes run in a directory of their own, so relative paths would lead elsewhere for them.
[[ $DIR = /* ]] || DIR="$PWD/$DIR"
[[ $DPGN = /* ]] || DPGN="$PWD/$DPGN"
# The file by which a directory is known to be a testnet's.
MARK=.dpgn-testnet
# Seconds within which a network must be ready, and a node must have stopped.
READY_MAX=120
STOP_MAX=15
# Seconds for which a prover that is stopped finishes what it holds: fewer, so that it stops in order.
DRAIN=10

usage() {
    cat <<'END'
A local testnet by one script.

Usage: scripts/testnet.sh <COMMAND>

Commands:
  up [--coordinators N] [--provers N]   Make the network (4 and 3 unless said otherwise) and start it; or start it again
  status                                Show every node: whether it runs, its height, its peers, what it decides
  submit CIRCUIT WITNESS [FLAGS]        Buy a proof as the requester; flags are those of `dpgn task submit`
  dpgn NAME [ARGUMENTS]                 Run `dpgn` as one of the nodes: scripts/testnet.sh dpgn prover-1 account balance
  kill NAME                             Kill a node at once (kill -9)
  restart NAME                          Start a node that is down, or stop one and start it again
  logs NAME [-f]                        Show the last lines of a node's log, or follow it
  down [--delete]                       Stop all nodes; with --delete forget keys, data and logs too

Names: coordinator-1, prover-1, ..., and requester.

Environment:
  TESTNET_DIR    where everything lies [default: testnet/local]
  TESTNET_PORT   the first node's port, the others follow [default: 9710]
  TESTNET_GATEWAY_PORT
                 the first node's REST gateway, the others follow [default: 8080]
  TESTNET_DPGN   the program [default: target/release/dpgn, which `up` builds first]

A committee decides with more than two thirds of its power: of four coordinators one may be down, of three none.
Provers sell levels 1 and 3; coordinators sell levels 1 to 3 while a prover has registered at their gateway.

Example:
  scripts/testnet.sh up --coordinators 4 --provers 3
  scripts/testnet.sh submit node/prover/samples/range.r1cs node/prover/samples/range.wtns
  scripts/testnet.sh kill coordinator-2 && scripts/testnet.sh status
  scripts/testnet.sh down --delete
END
}

fail() {
    echo "testnet: $1" >&2
    [ $# -lt 2 ] || echo "hint: $2" >&2
    exit "${3:-1}"
}

# Removes the network with all that it has written. A directory that this script did not make is left alone.
wipe() {
    [ -n "$(ls -A "$DIR" 2>/dev/null)" ] || return 0
    [ -f "$DIR/$MARK" ] || fail "$DIR holds something that is no testnet" "set TESTNET_DIR to an empty directory, or to one that does not exist" 2
    rm -rf "$DIR"
}

# Runs the program as a node; nothing that is set in this shell decides anything.
as() {
    local name=$1
    shift
    env $(env | sed -n 's/^\(DPGN_[A-Z0-9_]*\)=.*/-u \1/p') "$DPGN" --data-dir "$DIR/$name" "$@"
}

# The nodes of the network, in the order of their ports.
names() {
    [ -f "$DIR/nodes" ] || fail "there is no network in $DIR" "${TESTNET_DIR:+TESTNET_DIR=$DIR }scripts/testnet.sh up" 2
    cat "$DIR/nodes"
}

known() {
    [ $# -ge 1 ] || fail "a node's name is missing" "scripts/testnet.sh status shows them" 2
    names | grep -qx -- "$1" || fail "there is no node '$1'" "scripts/testnet.sh status shows them" 2
}

# The process id of a node that runs.
pid_of() {
    local pid
    pid=$(cat "$DIR/$1.pid" 2>/dev/null) || return 1
    # A process id may be another program's by now.
    ps -p "$pid" -o args= 2>/dev/null | grep -qF -- "--data-dir $DIR/$1 " && echo "$pid"
}

start() {
    pid_of "$1" >/dev/null && return 0
    # A session of its own: whoever stops this script stops no node.
    (
        cd "$DIR"
        for variable in $(env | sed -n 's/^\(DPGN_[A-Z0-9_]*\)=.*/\1/p'); do unset "$variable"; done
        nohup "$DPGN" --data-dir "$DIR/$1" node run --drain "$DRAIN" >>"$DIR/$1.log" 2>&1 </dev/null &
        echo $! >"$DIR/$1.pid"
    )
}

stop() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill "$pid"
    for _ in $(seq $((STOP_MAX * 10))); do
        pid_of "$1" >/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid"
}

# A number in a node's status.
field() {
    tr -d ' \n' <<<"$1" | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"
}

configure() {
    local name=$1 role=$2 port=$3 gateway=$4 price=$5 others=$6 roles levels agents_only=false
    roles="\"$role\"" levels=(1 3)
    # A coordinator buys too, and sells what provers make that register at its gateway.
    [ "$role" != coordinator ] || roles='"coordinator", "requester", "prover"' levels=(1 2 3) agents_only=true
    {
        cat <<END
roles = [$roles]

[network]
listen = ["/ip4/127.0.0.1/tcp/$port"]
bootstrap = [$others]

[gateway]
listen = "127.0.0.1:$gateway"

[log]
filter = "warn,libp2p_kad=error,arc_malachitebft=error,dpgn=info,dpgn_node=info"

[prover]
agents_only = $agents_only

# All nodes share one machine: a slow speed leaves every proof time enough.
END
        for level in "${levels[@]}"; do
            cat <<END
[[prover.offers]]
level = $level
per_kilorow = $((level == 1 ? price : price * 3 / 2))
rows_per_second = 400

END
        done
    } >"$DIR/$name/config.toml"
}

make() {
    local coordinators=$1 provers=$2 name port first=coordinator-1 members=() grants=() nodes=()
    for n in $(seq "$coordinators"); do nodes+=("coordinator-$n"); done
    for n in $(seq "$provers"); do nodes+=("prover-$n"); done
    nodes+=(requester)
    mkdir -p "$DIR"
    : >"$DIR/$MARK"
    for name in "${nodes[@]}"; do
        mkdir -m 700 -p "$DIR/$name"
        as "$name" key new >/dev/null
        case $name in
        "$first") ;;
        coordinator-*) members+=(--coordinator "$(as "$name" key show --account)") ;;
        *) grants+=(--grant "$(as "$name" key show --account)") ;;
        esac
    done
    as "$first" init --name local-testnet ${members[@]+"${members[@]}"} ${grants[@]+"${grants[@]}"} >/dev/null
    port=$FIRST_PORT
    local addresses=()
    for name in "${nodes[@]}"; do
        case $name in
        coordinator-*) addresses+=("\"/ip4/127.0.0.1/tcp/$port/p2p/$(as "$name" key show --peer)\"") ;;
        esac
        port=$((port + 1))
    done
    port=$FIRST_PORT
    for name in "${nodes[@]}"; do
        [ "$name" = "$first" ] || as "$name" init --genesis "$DIR/$first/genesis.toml" >/dev/null
        local others
        others=$(printf '%s\n' "${addresses[@]}" | grep -v "/tcp/$port/" | paste -sd, -) || true
        # Later provers ask a little more: an award is no toss-up.
        configure "$name" "${name%-*}" "$port" "$((FIRST_GATEWAY + port - FIRST_PORT))" "$((1000 + 50 * (port - FIRST_PORT)))" "$others"
        port=$((port + 1))
    done
    # Last, so that a network that was made by half is made again.
    printf '%s\n' "${nodes[@]}" >"$DIR/nodes"
}

# Waits until the requester sees the ask of every prover.
await_ready() {
    local provers asks said
    provers=$(names | grep -c '^prover-') || true
    for _ in $(seq $((READY_MAX * 2))); do
        for name in $(names); do
            pid_of "$name" >/dev/null || fail "$name has stopped: $(tail -n 1 "$DIR/$name.log")" "scripts/testnet.sh logs $name"
        done
        said=$(as requester --format json node status 2>/dev/null) || said=
        asks=$(field "$said" standing_asks)
        [ "${asks:-0}" -ge "$provers" ] && [ -n "$said" ] && return 0
        sleep 0.5
    done
    fail "the network is not ready after $READY_MAX s: the requester sees ${asks:-no} of $provers asks" "scripts/testnet.sh status"
}

up() {
    local coordinators=4 provers=3 is_given=
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] && [[ $2 =~ ^[0-9]+$ ]] || fail "'$1' wants a number, as in --coordinators 4" "scripts/testnet.sh --help" 2
        case $1 in
        --coordinators) coordinators=$2 ;;
        --provers) provers=$2 ;;
        *) fail "unknown flag '$1'" "scripts/testnet.sh --help" 2 ;;
        esac
        is_given=yes
        shift 2
    done
    if [ -z "${TESTNET_DPGN:-}" ]; then
        (cd "$ROOT" && cargo build --release --locked -p dpgn)
    fi
    if [ -f "$DIR/nodes" ]; then
        [ -e "$DIR/$MARK" ] || fail "$DIR was not made by this script" "set TESTNET_DIR to another directory, or make $DIR/$MARK if it is an older testnet" 2
        [ -z "$is_given" ] || fail "there is a network in $DIR already" "${TESTNET_DIR:+TESTNET_DIR=$DIR }scripts/testnet.sh down --delete, or up without flags" 2
    else
        [ "$coordinators" -ge 1 ] || fail "a network has at least one coordinator" "--coordinators 1" 2
        wipe
        make "$coordinators" "$provers"
    fi
    for name in $(names); do start "$name"; done
    await_ready
    status
    echo "ready"
}

status() {
    local said peers
    names >/dev/null
    printf '%-16s %-8s %-6s %-6s %8s %6s  %s\n' NAME PID PORT REST HEIGHT PEERS COMMITTEE
    for name in $(names); do
        local pid port gateway
        port=$(sed -n 's|^listen = .*/tcp/\([0-9]*\).*|\1|p' "$DIR/$name/config.toml")
        gateway=$(sed -n 's|^listen = "127.0.0.1:\([0-9]*\)"|\1|p' "$DIR/$name/config.toml")
        if ! pid=$(pid_of "$name"); then
            printf '%-16s %-8s %-6s %-6s\n' "$name" down "$port" "${gateway:--}"
            continue
        fi
        said=$(as "$name" --format json node status 2>/dev/null) || said=
        peers=$(as "$name" node status 2>/dev/null | sed -n 's/^peers *//p')
        printf '%-16s %-8s %-6s %-6s %8s %6s  %s\n' "$name" "$pid" "$port" "${gateway:--}" "$(field "$said" height)" "${peers:--}" \
            "$(as "$name" node status 2>/dev/null | sed -n 's/^deciding *//p')"
    done
}

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
up) up "$@" ;;
status) status ;;
submit)
    [ $# -ge 2 ] || fail "a circuit and a witness are needed" "scripts/testnet.sh submit CIRCUIT WITNESS" 2
    names >/dev/null
    as requester task submit "$@" --wait
    ;;
dpgn)
    known "$@"
    as "$@"
    ;;
kill)
    known "$@"
    pid=$(pid_of "$1") || fail "$1 is down already"
    kill -9 "$pid"
    ;;
restart)
    known "$@"
    stop "$1"
    start "$1"
    ;;
logs)
    known "$@"
    tail -n 50 ${2:+"$2"} "$DIR/$1.log"
    ;;
down)
    names >/dev/null
    for name in $(names); do
        pid=$(pid_of "$name") && kill "$pid" || true
    done
    for name in $(names); do stop "$name"; done
    [ "${1:-}" != --delete ] || wipe
    ;;
help | -h | --help) usage ;;
*) fail "unknown command '$command'" "scripts/testnet.sh --help" 2 ;;
esac
