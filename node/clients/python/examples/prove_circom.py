"""Buys a proof of a circom circuit, shows how it goes, and writes it where ``dpgn verify`` finds all that it needs.

python3 examples/prove_circom.py ../../prover/samples/range.r1cs ../../prover/samples/range.wtns range.proof
"""

import os
import sys
from pathlib import Path

try:
    import dpgn
except ModuleNotFoundError:  # not installed: run from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    import dpgn


def main(r1cs: str, wtns: str, out: str) -> None:
    """Buy, watch, fetch."""
    url = os.environ.get("DPGN_GATEWAY", "http://127.0.0.1:8080")
    client = dpgn.Client(url, token_file=os.environ.get("DPGN_TOKEN_FILE"))
    bought = client.submit_circom(r1cs, wtns, dpgn.Terms(reward=1_000_000))
    task = bought["task"]["task"]
    stage = ""
    for event in client.watch(task):
        if (now := f"{event.name} {event.data.get('stage', '')}") != stage:
            print(stage := now, file=sys.stderr)
    proof = client.result(task)
    proof.save(out)
    print(f"task {task}: {len(proof.proof)} bytes for {proof.task['price']} micro-credits in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except dpgn.DpgnError as error:
        sys.exit(f"{type(error).__name__}: {error}")
