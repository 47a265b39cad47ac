"""Uploads: files by their SHA-256, from where the last try broke off."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dpgn.errors import Problem, Unreachable
from dpgn.transport import PROXY_FAULTS, Patience, json_of, read

if TYPE_CHECKING:
    import os

    from dpgn.schema import Upload
    from dpgn.transport import Transport

#: The longest silence while the gateway compares a large file with its name, in seconds.
COMPARE_SECONDS = 300.0


def digest_of(path: str | os.PathLike[str]) -> str:
    """Name a file by its SHA-256, without having all of it in memory."""
    with Path(path).open("rb") as file:
        hashed = hashlib.sha256()
        while block := file.read(1 << 20):
            hashed.update(block)
        return hashed.hexdigest()


def upload(transport: Transport, path: str | os.PathLike[str], digest: str) -> None:
    """Bring a file to the gateway unless it is there, from where it broke off, however often that happens."""
    where = f"/api/v1/uploads/{digest}"
    patience = Patience(transport.retry_for)
    here = -1
    while True:
        held = cast("Upload", json_of(transport.call("GET", where)))
        if held["complete"]:
            return
        if held["bytes"] > here >= 0:
            patience.reset()
        here = held["bytes"]
        try:
            send(transport, path, where, here)
            return
        except Unreachable as error:
            patience.wait(error)
        except Problem as problem:
            # The bytes of the last try were still being written while they were counted.
            is_moved = problem.code == "other_offset"
            if problem.retry_after is None and problem.status not in PROXY_FAULTS and not is_moved:
                raise
            patience.wait(problem, problem.retry_after)


def send(transport: Transport, path: str | os.PathLike[str], where: str, offset: int) -> None:
    """Send a file from one of its bytes on."""
    with Path(path).open("rb") as file:
        rest = max(file.seek(0, 2) - offset, 0)
        file.seek(offset)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(rest)}
        silence = max(transport.timeout, COMPARE_SECONDS)
        with transport.open(
            "PUT", where, query={"offset": offset}, headers=headers, body=file, timeout=silence
        ) as sent:
            read(sent)
