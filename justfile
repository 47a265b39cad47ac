# Entrances for people. `just` lists them; README's two commands work without it.

_default:
    @just --list

# What CI runs. Never writes to a tracked file.
check:
    .ci/run

# The main job on embedded defaults.
demo *arguments:
    cargo run --release -- demo {{arguments}}

# All tests, or those whose name holds a word.
test *arguments:
    cargo test --workspace {{arguments}}

# The fast tests, for every change (cargo-nextest).
test-fast *arguments:
    cargo nextest run --workspace {{arguments}}

# All tests, each in a process of its own (cargo-nextest).
test-slow *arguments:
    cargo nextest run --workspace -P slow {{arguments}}

# A fuzz target for some seconds (cargo-fuzz): `just fuzz codec 60`; `just fuzz config 60 --features node` builds libp2p.
fuzz target seconds="60" *arguments:
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} {{arguments}} -- -max_total_time={{seconds}} -timeout=10 -rss_limit_mb=2048

# Formats everything.
fmt:
    cargo fmt --all

# The explorer in a headless Chromium, against a gateway that runs (Node 20, Chromium; CHROMIUM says where it is).
explorer-test gateway="http://127.0.0.1:8080":
    cd node/gateway/tests/explorer && npm ci --ignore-scripts && GATEWAY_URL={{gateway}} npm test

# The clients' types and builds from node/clients/openapi.json, written anew (Python 3.10, Node 20, the npm registry).
clients:
    python3 node/clients/python/tools/schema.py
    cd node/clients/typescript && npm ci --ignore-scripts && npm run build && npm test

# What Prometheus and Grafana are told about a network: syntax, and the alerts on made-up series (promtool, jq).
check-monitoring:
    promtool check config testnet/monitoring/prometheus.yml
    promtool test rules testnet/monitoring/alerts.test.yml
    jq -e '[.. | .expr? // empty] | length > 0' testnet/monitoring/grafana/dashboards/dpgn.json

# Our prove loop beside stock plonky2.
bench:
    cargo bench -p dpgn-prover --bench prove

# Kernels beside plonky2's and Plonky3's, which packs its field at compile time alone; a package of its own.
bench-beside *arguments:
    RUSTFLAGS=-Ctarget-cpu=native cargo run --release --manifest-path gpu-kernels/beside/Cargo.toml -- {{arguments}}

# What the mesh adds to proving.
bench-mesh:
    cargo bench -p dpgn-node --bench mesh

# What committees of 1, 4 and 7 processes decide, and how soon, beside the bare core (Linux; nothing else on loopback).
bench-council *arguments:
    cargo bench -p dpgn-node --bench council -- {{arguments}}

# Every privacy level sold by one node to another, 2^14 to 2^16 rows.
bench-levels:
    cargo bench -p dpgn-node --bench levels

# What an award costs by how many asks there are, up to so many, beside a scan and a book sorted by price.
bench-auction asks="1000000":
    DPGN_ASKS={{asks}} cargo bench -p dpgn-market --bench auction

# What a block costs the ledger by how much it holds, up to so many accounts.
bench-blocks accounts="100000":
    DPGN_ACCOUNTS={{accounts}} cargo bench -p dpgn-market --bench blocks

# A snapshot in chunks beside the whole one, of a ledger with so many accounts: time and peak memory.
bench-snapshot accounts="100000":
    DPGN_ACCOUNTS={{accounts}} cargo bench -p dpgn-market --bench snapshot

# A table of blinding rows against opened values at every border up to 2^15 plain rows, as plonky2 builds them: minutes.
borders bits="15":
    DPGN_BORDERS={{bits}} cargo test --release -p dpgn-prover --lib borders -- --nocapture

# The store under fire: a child is killed a thousand times.
crash:
    DPGN_CRASHES=1000 cargo test --release -p dpgn-node --test store_crash -- --nocapture

# A testnet of processes under load for so many minutes, one of its nodes killed every 20 s (jq).
soak minutes="60" seed="1":
    scripts/soak.sh {{minutes}} {{seed}}

# The simulation over many seeds, optimised: `just sim 1000`.
sim seeds="1000":
    DPGN_SIM_SEEDS={{seeds}} cargo test --release -p dpgn-sim -- --nocapture

# Committees under torture over many seeds, optimised: `just bft 1000`; a third as many hand over, a fifth has seven members.
bft seeds="1000":
    DPGN_BFT_SEEDS={{seeds}} cargo test --release -p dpgn-node --test bft -- --nocapture

# The market's strategies against the ledger, optimised: a table, and JSON and plots in target/market-sim. With words,
# only the strategies whose names hold one of them; as-asked, sealed and rivals choose a part of the tables; with the word
# challenges, what those do; with newcomers, how they fare when they are watched four times as long.
market-sim seed="1" *words:
    cargo run --release -p dpgn-market-sim -- {{seed}} target/market-sim {{words}}
