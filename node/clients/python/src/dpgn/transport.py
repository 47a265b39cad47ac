"""Requests over HTTP: one connection for each, time limits, retries where they make sense, problems as exceptions.

Nothing here knows what is asked. A gateway says with ``Retry-After`` that another try makes sense; nothing else that it
refuses is tried again. Witnesses and tokens pass through, so plain HTTP goes to loopback alone, and redirects nowhere.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import random
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from dpgn.errors import Problem, UnexpectedAnswer, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The most bytes of an answer: more than any proof, receipt or page of a list has.
ANSWER_BYTES_MAX = 64 << 20
#: Bytes of a file that are sent at once.
BLOCK_BYTES = 1 << 18
#: The pause before the first further try, and the longest one, in seconds.
PAUSE_MIN, PAUSE_MAX = 0.25, 8.0
#: Statuses with which proxies say that the gateway could not be reached.
PROXY_FAULTS = (502, 503, 504)

Query = dict[str, "str | int | None"]


@dataclass(frozen=True)
class Answer:
    """An answer that is no problem."""

    status: int
    body: bytes


class Patience:
    """How long to go on trying: the pauses grow, and their sum has a limit."""

    def __init__(self, seconds: float) -> None:
        """Take the sum that the pauses may have."""
        self._seconds = seconds
        self.reset()

    def reset(self) -> None:
        """Begin anew, since something went well."""
        self._spent, self._pause = 0.0, PAUSE_MIN

    def wait(self, error: Exception, asked: float | None = None) -> None:
        """Pause before another try, as long as was asked for at least; raise the error if that takes too long."""
        # Not all clients that were refused at once come back at once.
        pause = max(self._pause * random.uniform(0.75, 1.25), asked or 0.0)  # noqa: S311
        if self._spent + pause > self._seconds:
            raise error
        self._spent, self._pause = self._spent + pause, min(2 * self._pause, PAUSE_MAX)
        time.sleep(pause)


class Transport:
    """The way to one gateway. It holds no connection: threads may share it."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None,
        timeout: float,
        retry_for: float,
        allow_plain_http: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Check the URL; nothing is sent."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is no URL of a gateway, such as http://127.0.0.1:8080")
        if parts.username or parts.password:
            raise ValueError("a gateway knows no passwords: name a token")
        if parts.scheme == "http" and not is_loopback(parts.hostname) and not allow_plain_http:
            raise ValueError(f"{url!r}: tokens and witnesses go unencrypted to loopback alone; use https")
        if token is not None and not (token.isascii() and token.isprintable() and token):
            raise ValueError("the token has characters that no token has")
        self._host, self._port, self._base = parts.hostname, parts.port, parts.path.rstrip("/")
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._token, self.timeout, self.retry_for = token, timeout, retry_for

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
        is_repeatable: bool = True,
    ) -> Answer:
        """Ask, again if that makes sense, and give the answer; raise a ``Problem`` if it is refused.

        ``timeout`` is the longest silence. What is not repeatable is tried again only if the gateway has refused it.
        """
        patience = Patience(self.retry_for)
        while True:
            try:
                with self.open(method, path, query=query, headers=headers, body=body, timeout=timeout) as response:
                    return Answer(response.status, read(response))
            except Unreachable as error:
                if not is_repeatable:
                    raise
                patience.wait(error)
            except Problem as problem:
                if problem.code == "key_in_use":
                    # The first try still runs, however long its circuit takes to build.
                    patience.reset()
                elif problem.retry_after is None and not (problem.status in PROXY_FAULTS and is_repeatable):
                    raise
                patience.wait(problem, problem.retry_after)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | IO[bytes] | None = None,
        timeout: float | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """Ask once, and hand out the answer while it comes; what breaks meanwhile is ``Unreachable``."""
        connection = self._connection(self.timeout if timeout is None else timeout)
        given = {"Accept": "application/json, application/octet-stream, text/event-stream", **(headers or {})}
        if self._token is not None:
            given["Authorization"] = f"Bearer {self._token}"
        try:
            connection.connect()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            try:
                connection.request(method, self._target(path, query), body=body, headers=given)
            except (BrokenPipeError, ConnectionResetError):
                # A gateway may refuse a body before it has read all of it: the answer says why.
                if connection.sock is None:
                    raise
            response = connection.getresponse()
            if response.status >= 300:
                raise Problem.of(response.status, dict(response.headers.items()), read(response))
            yield response
        except (OSError, http.client.HTTPException) as error:
            what = "was silent for too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise Unreachable(f"{self._host}: {what}") from error
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout, blocksize=BLOCK_BYTES)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout, blocksize=BLOCK_BYTES, context=self._tls
        )

    def _target(self, path: str, query: Query | None) -> str:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return f"{self._base}{path}" + (f"?{urlencode(given)}" if given else "")


def segment(name: str | int) -> str:
    """Write a name as one segment of a path, whatever is in it."""
    return quote(str(name), safe="") if str(name).strip(".") else "%2E" * len(str(name))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read(response: http.client.HTTPResponse) -> bytes:
    """Read an answer to its end, which comes soon enough."""
    body = response.read(ANSWER_BYTES_MAX + 1)
    if len(body) > ANSWER_BYTES_MAX:
        raise UnexpectedAnswer(f"the answer has more than {ANSWER_BYTES_MAX} bytes")
    if response.length:
        # What was read so far does not say that more was promised.
        raise http.client.IncompleteRead(body, response.length)
    return body


def json_of(answer: Answer) -> object:
    """Read the JSON in an answer."""
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise UnexpectedAnswer("the answer is no JSON") from error
