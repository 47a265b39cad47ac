"""Events: a stream of server-sent events that goes on where it was, however often it breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpgn.errors import Problem, UnexpectedAnswer, Unreachable
from dpgn.transport import PROXY_FAULTS, Patience

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator

    from dpgn.transport import Transport

#: A stream that lives says something every 15 s; one that is silent for so many seconds has broken.
SILENCE_MAX = 45.0
#: A notice is small: a stream that sends so much without an end of the event is none of a gateway's.
EVENT_BYTES_MAX = 1 << 20
#: The events after which nothing more comes of a task of one's own.
ENDS = frozenset({"completed", "failed"})


@dataclass(frozen=True)
class Event:
    """Something that the node has noticed."""

    #: What it is: ``awarded``, ``progress``, ``completed`` ...; ``state`` and ``reset`` say how things stand, or that
    #: some events were missed.
    name: str
    #: Its data, with ``event``, ``at`` and, if it is about one, ``task``.
    data: dict[str, Any]
    #: The id by which a stream goes on behind it; ``None`` if it has none.
    id: str | None = field(default=None, compare=False)


def follow(transport: Transport, path: str, last_id: str | None, *, ends: frozenset[str]) -> Iterator[Event]:
    """Give each event as it comes, from behind ``last_id`` on, until one of ``ends`` or until no more will come."""
    patience = Patience(transport.retry_for)
    while True:
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        broken: Exception = Unreachable("the stream has ended")
        asked: float | None = None
        try:
            with transport.open("GET", path, headers=headers, timeout=SILENCE_MAX) as response:
                if response.status == 204:
                    return
                for event in events(response):
                    patience.reset()
                    last_id = event.id or last_id
                    yield event
                    if event.name in ends:
                        return
        except Unreachable as error:
            broken = error
        except Problem as problem:
            if problem.retry_after is None and problem.status not in PROXY_FAULTS:
                raise
            broken, asked = problem, problem.retry_after
        patience.wait(broken, asked)


def events(response: http.client.HTTPResponse) -> Iterator[Event]:
    """Split a stream into its events."""
    name, event_id, size = "message", None, 0
    data: list[str] = []
    while line := response.readline(EVENT_BYTES_MAX + 1):
        size += len(line)
        if size > EVENT_BYTES_MAX:
            raise UnexpectedAnswer("the stream has an event without an end")
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            if data:
                yield Event(name, parsed("\n".join(data)), event_id)
            name, event_id, data, size = "message", None, [], 0
            continue
        key, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if key == "data":
            data.append(value)
        elif key == "event":
            name = value
        elif key == "id":
            event_id = value


def parsed(text: str) -> dict[str, Any]:
    """Read the data of an event."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnexpectedAnswer("the data of an event are no JSON") from error
    if not isinstance(data, dict):
        raise UnexpectedAnswer("the data of an event are no object")
    return data
