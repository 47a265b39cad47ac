"""A client of a DPGN node's REST gateway: buy zero-knowledge proofs, follow them, fetch them.

>>> from dpgn import Client, Terms
>>> client = Client("http://127.0.0.1:8080")
>>> bought = client.submit_circom("range.r1cs", "range.wtns", Terms(reward=1_000_000))  # doctest: +SKIP
>>> client.result(bought["task"]["task"]).save("range.proof")  # doctest: +SKIP
"""

from dpgn.client import Client, Proof, Terms, preimage
from dpgn.errors import DpgnError, Problem, TaskFailed, UnexpectedAnswer, Unreachable
from dpgn.events import Event

__all__ = [
    "Client",
    "DpgnError",
    "Event",
    "Problem",
    "Proof",
    "TaskFailed",
    "Terms",
    "UnexpectedAnswer",
    "Unreachable",
    "preimage",
]
