"""A gateway that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


#: What to do with a request: its bytes go out as they are, and then the connection is closed.
Answer = Callable[[Asked], bytes]


def answer(status: int, body: object = None, **headers: str) -> Answer:
    """Answer with this status, this body (bytes, or anything as JSON) and these headers."""
    kind = "application/problem+json" if status >= 400 else "application/json"
    raw = body if isinstance(body, bytes) else b"" if status == 204 else json.dumps(body).encode()
    given = {"Content-Type": kind, "Content-Length": str(len(raw))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    whole = f"HTTP/1.1 {status} Told\r\n{lines}Connection: close\r\n\r\n".encode() + raw
    return lambda _: whole


def problem(status: int, code: str, **headers: str) -> Answer:
    """Refuse in a gateway's words."""
    body = {"type": "about:blank", "title": "t", "status": status, "detail": "why", "code": code, "hint": "what now"}
    return answer(status, {**body, "traceId": "ab" * 16}, **headers)


def stream(text: str) -> Answer:
    """Answer with events, and end without a length."""
    return lambda _: b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + text.encode()


def broken(_: Asked) -> bytes:
    """Close the connection without a word."""
    return b""


class Gateway:
    """It gives one answer after another, the last one for good."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)
        #: Bytes of a body after which the connection breaks, once.
        self.breaks_after: int | None = None
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if self.raw_requestline and self.parse_request():
                    self.wfile.write(gateway.take(self))
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def take(self, handler: BaseHTTPRequestHandler) -> bytes:
        length = int(handler.headers.get("Content-Length", 0))
        if (most := self.breaks_after) is not None and length > most:
            self.breaks_after = None
            length = most
        body = handler.rfile.read(length)
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, query, headers, body)
        self.asked.append(asked)
        now = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return now(asked)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
