#!/bin/sh
# One node of the network in compose.yaml: makes its key, waits for the genesis, and runs it.
#
# Nodes share one volume, /shared, for what everybody may know: accounts, peers and the genesis. Keys stay in /data.
set -eu

NAME=$1
ROLE=$2
COORDINATORS="coordinator-1 coordinator-2 coordinator-3 coordinator-4"
PROVERS="prover-1 prover-2 prover-3"
REQUESTER=requester

[ -f /data/key ] || dpgn key new >/dev/null
dpgn key show --account >"/shared/$NAME.account.part"
mv "/shared/$NAME.account.part" "/shared/$NAME.account"
dpgn key show --peer >"/shared/$NAME.peer.part"
mv "/shared/$NAME.peer.part" "/shared/$NAME.peer"

# Everybody's account goes into the genesis, so the first coordinator waits for all of them.
for other in $COORDINATORS $PROVERS $REQUESTER; do
    while [ ! -f "/shared/$other.account" ] || [ ! -f "/shared/$other.peer" ]; do sleep 1; done
done
if [ ! -f /data/genesis.toml ]; then
    if [ "$NAME" = coordinator-1 ]; then
        set --
        for other in $COORDINATORS; do set -- "$@" --coordinator "$(cat "/shared/$other.account")"; done
        for other in $PROVERS $REQUESTER; do set -- "$@" --grant "$(cat "/shared/$other.account")"; done
        dpgn init --name compose "$@" >/dev/null
        cp /data/genesis.toml /shared/genesis.part
        mv /shared/genesis.part /shared/genesis.toml
    else
        while [ ! -f /shared/genesis.toml ]; do sleep 1; done
        dpgn init --genesis /shared/genesis.toml >/dev/null
    fi
fi

# Names are those of the services; Docker's own DNS knows them.
BOOTSTRAP=
for other in $COORDINATORS; do
    [ "$other" = "$NAME" ] || BOOTSTRAP="$BOOTSTRAP${BOOTSTRAP:+,}/dns4/$other/tcp/9700/p2p/$(cat "/shared/$other.peer")"
done
# The requester alone has a gateway: where it listens is in its environment.
GATEWAY=${DPGN_GATEWAY_LISTEN-}
exec dpgn node run --role "$ROLE" --listen /ip4/0.0.0.0/tcp/9700 --bootstrap "$BOOTSTRAP" --gateway "$GATEWAY" --drain 60
