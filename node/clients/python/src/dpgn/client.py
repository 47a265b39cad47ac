"""A client of one gateway: buy a proof, follow it, fetch it, and ask for all that the gateway tells.

Amounts are micro-credits, a million to a credit. Tasks are named by their id or, own ones, by their alias.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from dpgn.errors import Problem, TaskFailed, UnexpectedAnswer
from dpgn.events import ENDS, Event, follow
from dpgn.transport import Answer, Query, Transport, json_of, segment
from dpgn.uploads import digest_of, upload

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Iterator

    from dpgn import schema

#: The seconds that a gateway may hold a question until a task is over.
WAIT_SECONDS_MAX = 60
#: The longest silence while a gateway builds a circuit, in seconds.
BUILD_SECONDS_MAX = 3600.0
#: The items of a page of a list.
PAGE = 50

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is paid for a proof, and under which conditions; what is ``None`` is as the gateway has it by default."""

    #: The most to pay, in micro-credits; it is locked until the task is over.
    reward: int
    #: The privacy level, 1 to 5, by default 3. 1 and 2 show the witness to whoever gets the proof.
    level: int | None = None
    #: The most that the reward rises to while nobody asks low enough.
    reward_max: int | None = None
    #: Whether prices are sealed for this task alone, then opened.
    sealed: bool = False
    #: The hurry, 0 to 100: a higher one is served first, and its fee is higher.
    priority: int = 0
    #: Seconds within which the proof must be delivered, by default 600.
    deadline_seconds: int | None = None
    #: Your own name for the task, a UUID.
    alias: str | None = None
    #: The most provers that may see the inputs, one after another, by default 2.
    disclosures_max: int | None = None
    #: The only provers that may prove it; all if there are none.
    allow: tuple[str, ...] = ()
    #: Provers that never may prove it.
    deny: tuple[str, ...] = ()
    #: Your word that the proof may show the witness; needed at levels 1 and 2.
    witness_is_public: bool = False
    #: Whether to buy although the lint finds an error in the circuit.
    despite_lint: bool = False
    #: Seconds after which the gateway's node takes the bid back unless it is awarded, and proves it itself.
    prove_here_after_seconds: int | None = None


@dataclass(frozen=True)
class Proof:
    """A proof, and all that is needed to verify it offline: ``dpgn verify FILE``."""

    task: schema.TaskTold
    proof: bytes = field(repr=False)
    verifier_data: bytes = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write both into files: the verifier data beside the proof, with ``.verifier`` behind its name."""
        at = Path(path)
        at.with_name(at.name + ".verifier").write_bytes(self.verifier_data)
        at.write_bytes(self.proof)


def preimage(secret: bytes) -> bytes:
    """Make the ``circuit_data`` that ask for a proof of knowledge of these bytes."""
    return b"\x01" + secret


class Client:
    """The way to one gateway. It holds no connection; threads may share it."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        timeout: float = 30.0,
        retry_for: float = 60.0,
        allow_plain_http: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Name the gateway, and the token if it wants one.

        ``timeout`` is the longest silence in seconds, ``retry_for`` the sum of the pauses between tries. Off loopback
        the URL must be ``https://`` unless ``allow_plain_http`` is set.
        """
        if token_file is not None:
            if token is not None:
                raise ValueError("name a token or its file, not both")
            token = Path(token_file).read_text().strip()
        self._http = Transport(
            url, token=token, timeout=timeout, retry_for=retry_for, allow_plain_http=allow_plain_http, tls=tls
        )

    # Buying

    def submit(self, circuit_data: bytes, terms: Terms, *, idempotency_key: str | None = None) -> schema.Bought:
        """Buy a proof of a circuit and its inputs in an envelope, such as ``preimage(b"secret")``.

        A key is drawn for each purchase, so that a try which broke off buys nothing twice. Give your own, and keep it,
        to be as safe when your own program is started anew.
        """
        order = {"circuit_data": base64.b64encode(circuit_data).decode()}
        return self._buy(order, terms, idempotency_key or str(uuid.uuid4()))

    def submit_circom(
        self,
        r1cs: str | os.PathLike[str],
        wtns: str | os.PathLike[str],
        terms: Terms,
        *,
        sym: str | os.PathLike[str] | None = None,
        idempotency_key: str | None = None,
    ) -> schema.Bought:
        """Buy a proof of a circom circuit over Goldilocks, whatever its size: its files are uploaded first.

        The gateway forgets the witness once the proof is bought.
        """
        files = {"r1cs": r1cs, "wtns": wtns} | ({"sym": sym} if sym is not None else {})
        order = {name: digest_of(path) for name, path in files.items()}
        if idempotency_key is not None:
            try:
                # It may have been bought before: then the witness is not brought a second time.
                return self._buy(order, terms, idempotency_key)
            except Problem as problem:
                if problem.code != "unknown_upload":
                    raise
        for name, path in files.items():
            upload(self._http, path, order[name])
        return self._buy(order, terms, idempotency_key or str(uuid.uuid4()))

    def upload(self, path: str | os.PathLike[str]) -> str:
        """Bring a file to the gateway, from where the last try broke off; give its SHA-256."""
        digest = digest_of(path)
        upload(self._http, path, digest)
        return digest

    def cancel(self, task: str) -> schema.TaskTold:
        """Take an own task back. It is over once a block has taken that up: ``wait`` for it."""
        path = f"{_task(task)}/cancel"
        return cast("schema.TaskTold", json_of(self._http.call("POST", path, is_repeatable=False)))

    # Following

    def wait(self, task: str, timeout: float | None = None) -> schema.TaskTold:
        """Wait until a task is over, and give it; raise ``TimeoutError`` after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = WAIT_SECONDS_MAX if until is None else until - time.monotonic()
            seconds = max(1, min(WAIT_SECONDS_MAX, int(left)))
            asked = time.monotonic()
            answer = self._http.call("GET", _task(task), query={"wait": seconds}, timeout=self._http.timeout + seconds)
            told = cast("schema.TaskTold", json_of(answer))
            # A task that is paid is over only once its proof is here: the gateway says so by answering early.
            is_early = time.monotonic() - asked < seconds
            if told["status"] in ENDS and is_early:
                return told
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"task {told['task']} is {told['status']} after {timeout} s")

    def result(self, task: str, timeout: float | None = None) -> Proof:
        """Wait for the proof of an own task, and fetch it; raise ``TaskFailed`` if there will be none."""
        told = self.wait(task, timeout)
        if told["status"] == "failed":
            raise TaskFailed(told)
        return Proof(told, self.proof(task), self.verifier_data(task))

    def watch(self, task: str, *, last_id: str | None = None) -> Iterator[Event]:
        """Give what happens to a task until it is over, as it happens.

        The first event is ``state``, with the task as it stands, unless ``last_id`` resumes behind an event.
        """
        return follow(self._http, f"{_task(task)}/events", last_id, ends=ENDS)

    def events(self, *, last_id: str | None = None) -> Iterator[Event]:
        """Give all that the node notices, for as long as you take it; after ``reset`` some are missing."""
        return follow(self._http, "/api/v1/events", last_id, ends=frozenset())

    # Fetching

    def proof(self, task: str) -> bytes:
        """Fetch the proof of an own task."""
        return self._http.call("GET", f"{_task(task)}/proof").body

    def verifier_data(self, task: str) -> bytes:
        """Fetch what the proof of an own task is verified with."""
        return self._http.call("GET", f"{_task(task)}/verifier-data").body

    def receipt(self, task: str, *, since: int | None = None) -> bytes:
        """Fetch the receipt of a paid task, for a reader who trusts the genesis or a checkpoint at this height."""
        return self._http.call("GET", f"{_task(task)}/receipt", query={"since": since}).body

    def verify(self, task: str) -> schema.Verified:
        """Have the node verify the proof of an own task once more."""
        return cast("schema.Verified", json_of(self._http.call("POST", f"{_task(task)}/verify")))

    # Asking

    def task(self, task: str) -> schema.TaskTold:
        """Show a task as it stands."""
        return cast("schema.TaskTold", self._get(_task(task)))

    def explain(self, task: str, *, about: str | None = None, asks: int | None = None) -> schema.Explained:
        """Say why a task stands as it does, and, of a prover, why it does not have it."""
        return cast("schema.Explained", self._get(f"{_task(task)}/explain", about=about, asks=asks))

    def history(self, task: str, *, about: str | None = None) -> schema.HistoryTold:
        """Tell all that blocks have decided about a task."""
        return cast("schema.HistoryTold", self._get(f"{_task(task)}/history", about=about))

    def tasks(
        self,
        *,
        scope: str | None = None,
        status: str | None = None,
        level: int | None = None,
        prover: str | None = None,
        requester: str | None = None,
    ) -> Iterator[schema.TaskRow]:
        """List tasks, own ones or with ``scope="network"`` all, the newest first."""
        query: Query = {"scope": scope, "status": status, "level": level, "prover": prover, "requester": requester}
        return self._list("/api/v1/tasks", lambda item: cast("schema.TaskRow", item), query)

    def quote(
        self,
        *,
        level: int | None = None,
        degree: int | None = None,
        rows: int | None = None,
        reward: int | None = None,
        deadline_seconds: int | None = None,
        priority: int | None = None,
    ) -> schema.QuoteTold:
        """Say what a proof of such a size, ``degree`` or ``rows``, costs now, who would make it, and when."""
        size = {"level": level, "degree": degree, "rows": rows}
        terms = {"reward": reward, "deadline_seconds": deadline_seconds, "priority": priority}
        return cast("schema.QuoteTold", self._get("/api/v1/quote", **size, **terms))

    def quote_circom(
        self,
        r1cs: str | os.PathLike[str],
        *,
        sym: str | os.PathLike[str] | None = None,
        level: int | None = None,
        reward: int | None = None,
        deadline_seconds: int | None = None,
        priority: int | None = None,
    ) -> schema.CircuitQuoted:
        """Say what a proof of a circom circuit costs now, how large it is, and what the lint finds in it.

        Its files are uploaded; nothing is bought, and no witness is needed.
        """
        order: dict[str, str | int | None] = {
            "r1cs": self.upload(r1cs),
            "sym": None if sym is None else self.upload(sym),
        }
        order |= {"level": level, "reward": reward, "deadline_seconds": deadline_seconds, "priority": priority}
        given = {name: value for name, value in order.items() if value is not None}
        return cast("schema.CircuitQuoted", json_of(self._post("/api/v1/quote", given, {})))

    def status(self) -> schema.StatusTold:
        """Show the node: its account, its balance, its network and how far it follows that."""
        return cast("schema.StatusTold", self._get("/api/v1/status"))

    def version(self) -> schema.Version:
        """Say which version the node is of, and on which network; it needs no token."""
        return cast("schema.Version", self._get("/version"))

    def book(self, *, level: int | None = None, degree: int | None = None) -> schema.BookTold:
        """Show the order book: asks that stand, their depth, bids that wait."""
        return cast("schema.BookTold", self._get("/api/v1/book", level=level, degree=degree))

    def prices(self, *, level: int | None = None, degree: int | None = None) -> list[schema.PriceRow]:
        """List what proofs were paid of late, by level and size."""
        page = cast("schema.Page_PriceRow", self._get("/api/v1/prices", level=level, degree=degree))
        return page["items"]

    def provers(self) -> Iterator[schema.ProverRow]:
        """List the provers, with their asks and reputations."""
        return self._list("/api/v1/provers", lambda item: cast("schema.ProverRow", item))

    def awards(self) -> Iterator[schema.AwardLine]:
        """List the awards that are live."""
        return self._list("/api/v1/awards", lambda item: cast("schema.AwardLine", item))

    def peers(self) -> Iterator[schema.PeerRow]:
        """List the peers that are connected."""
        return self._list("/api/v1/peers", lambda item: cast("schema.PeerRow", item))

    def blocks(self) -> Iterator[schema.BlockRow]:
        """List the blocks, the newest first."""
        return self._list("/api/v1/blocks", lambda item: cast("schema.BlockRow", item))

    def account(self, account: str) -> schema.AccountTold:
        """Show an account: what it has, and what is locked."""
        return cast("schema.AccountTold", self._get(f"/api/v1/accounts/{segment(account)}"))

    def committee(self) -> schema.CommitteeTold:
        """Show the committee in office."""
        return cast("schema.CommitteeTold", self._get("/api/v1/committee"))

    def get(self, path: str, **query: str | int | None) -> Any:
        """Ask for anything else that the gateway tells as JSON, by its path in ``/openapi.json``."""
        return self._get(path, **query)

    def post(self, path: str, body: object) -> Any:
        """Send anything else that the gateway takes as JSON, such as a webhook; what may have come is not repeated."""
        headers = {"Content-Type": "application/json"}
        data = json.dumps(body).encode()
        return json_of(self._http.call("POST", path, headers=headers, body=data, is_repeatable=False))

    def _get(self, path: str, **query: str | int | None) -> object:
        return json_of(self._http.call("GET", path, query=query))

    def _list(self, path: str, read: Callable[[object], Item], query: Query | None = None) -> Iterator[Item]:
        cursor: str | None = None
        while True:
            page = json_of(self._http.call("GET", path, query={**(query or {}), "limit": PAGE, "cursor": cursor}))
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise UnexpectedAnswer(f"{path} is no list")
            yield from map(read, page["items"])
            if (cursor := page.get("next_cursor")) is None:
                return

    def _buy(self, order: dict[str, str], terms: Terms, key: str) -> schema.Bought:
        given = {name: value for name, value in asdict(terms).items() if value not in (None, False, ())}
        answer = self._post("/api/v1/tasks", {**order, **given}, {"Idempotency-Key": key})
        return cast("schema.Bought", json_of(answer))

    def _post(self, path: str, body: object, headers: dict[str, str]) -> Answer:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
        return self._http.call("POST", path, headers=headers, body=data, timeout=BUILD_SECONDS_MAX)


def _task(name: str) -> str:
    return f"/api/v1/tasks/{segment(name)}"
