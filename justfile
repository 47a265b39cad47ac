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

# Formats everything.
fmt:
    cargo fmt --all

# Our prove loop beside stock plonky2.
bench:
    cargo bench -p dpgn-prover --bench prove

# What the mesh adds to proving.
bench-mesh:
    cargo bench -p dpgn-node --bench mesh

# The store under fire: a child is killed a thousand times.
crash:
    DPGN_CRASHES=1000 cargo test --release -p dpgn-node --test store_crash -- --nocapture

# The simulation over many seeds, optimised: `just sim 1000`.
sim seeds="1000":
    DPGN_SIM_SEEDS={{seeds}} cargo test --release -p dpgn-sim -- --nocapture
