"""Why a call did not do what it was asked for: one class for each thing that a program may want to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpgn.schema import TaskTold


class DpgnError(Exception):
    """Any error of this package."""


class Unreachable(DpgnError):
    """No answer has come: the gateway is not there, the connection broke, or it was silent for too long.

    A purchase that ended so may have been made. Repeated with the same ``idempotency_key`` it buys nothing twice.
    """


class UnexpectedAnswer(DpgnError):
    """The answer is not of the form that the contract says; something else may listen at this address."""


class TaskFailed(DpgnError):
    """The task has ended without a proof; ``task`` has ``why``, whose ``fault`` it is, and a ``hint``."""

    def __init__(self, task: TaskTold) -> None:
        """Keep the task as it stands."""
        super().__init__(f"task {task['task']} has failed: {task['why'] or 'nobody has said why'}")
        self.task = task


class Problem(DpgnError):
    """A request was refused, in the words of RFC 9457 (``application/problem+json``)."""

    def __init__(
        self, status: int, code: str, detail: str, hint: str = "", trace_id: str = "", retry_after: float | None = None
    ) -> None:
        """Keep what the gateway has said."""
        super().__init__(f"{detail} ({code})" + (f"; {hint}" if hint else ""))
        #: The status of the answer, 400 or more.
        self.status = status
        #: What is wrong, for programs: one of ``dpgn.schema.Code``, or newer; ``http_STATUS`` if a proxy answered.
        self.code = code
        #: What is wrong with this request, for people.
        self.detail = detail
        #: What to do next; empty if a proxy answered.
        self.hint = hint
        #: The trace that the node's log has this request under; empty if a proxy answered.
        self.trace_id = trace_id
        #: The seconds after which another try makes sense; ``None`` if none does.
        self.retry_after = retry_after

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Problem:
        """Read the problem in an answer, whoever has written it."""
        headers = {name.lower(): value for name, value in headers.items()}
        wait = headers.get("retry-after", "")
        # The gateway says seconds; a date, which proxies may send, stands for a short while.
        retry_after = float(wait) if wait.isascii() and wait.isdigit() else (1.0 if wait else None)
        told: object = None
        if headers.get("content-type", "").startswith("application/problem+json"):
            try:
                told = json.loads(body)
            except ValueError:
                told = None
        if not isinstance(told, dict):
            return cls(status, f"http_{status}", f"the answer has status {status}", retry_after=retry_after)
        text = {key: value for key, value in told.items() if isinstance(value, str)}
        code, detail = text.get("code", f"http_{status}"), text.get("detail", "")
        return cls(status, code, detail, text.get("hint", ""), text.get("traceId", ""), retry_after)
