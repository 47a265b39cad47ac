"""The client says what the gateway's OpenAPI document says, and no more."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from dpgn import Client, Terms, preimage
from gateway import Asked, Gateway, answer

HERE = Path(__file__).resolve().parent
DOCUMENT: dict[str, Any] = json.loads((HERE.parents[1] / "openapi.json").read_text())
#: Methods that ask nothing of their own.
OTHERS = {"result", "get", "post"}


class Schema(unittest.TestCase):
    def test_the_types_are_those_of_the_document(self) -> None:
        done = subprocess.run([sys.executable, HERE.parent / "tools/schema.py", "--check"], check=False)
        self.assertEqual(done.returncode, 0, "run tools/schema.py")

    def test_terms_are_those_of_an_order(self) -> None:
        order = DOCUMENT["components"]["schemas"]["Order"]["properties"]
        terms = {field.name for field in dataclasses.fields(Terms)}
        self.assertEqual(terms | {"circuit_data", "r1cs", "wtns", "sym"}, set(order))

    def test_every_call_is_one_that_the_document_describes(self) -> None:
        with Gateway(answered) as gateway, tempfile.NamedTemporaryFile() as file:
            called = call_everything(Client(gateway.url), file.name)
            public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
            self.assertEqual(called | OTHERS, public, "each method is tried here")
            for asked in gateway.asked:
                self.assertEqual(undescribed(asked), [], f"{asked.method} {asked.path}")
        strange = Asked("GET", "/api/v1/book", {"size": "1"}, {}, b"")
        self.assertEqual(undescribed(strange), ["size"])
        self.assertEqual(undescribed(dataclasses.replace(strange, path="/api/v1/books")), ["/api/v1/books"])


def answered(asked: Asked) -> bytes:
    """Give whatever the question needs to come to its end."""
    if asked.path.endswith("/events"):
        return answer(204)(asked)
    return answer(200, {"items": [], "next_cursor": None, "status": "completed", "complete": True, "task": "t"})(asked)


def call_everything(client: Client, file: str) -> set[str]:
    """Call each method with all that it takes."""
    terms = Terms(reward=1)
    of_task = {"task": "t"}
    about = {"about": "ab" * 32}
    shelf = {"level": 1, "degree": 14}
    arguments: dict[str, dict[str, Any]] = {
        "submit": {"circuit_data": preimage(b"x"), "terms": terms},
        "submit_circom": {"r1cs": file, "wtns": file, "sym": file, "terms": terms},
        "upload": {"path": file},
        "wait": of_task,
        "cancel": of_task,
        "watch": of_task,
        "proof": of_task,
        "verifier_data": of_task,
        "receipt": {**of_task, "since": 1},
        "verify": of_task,
        "task": of_task,
        "explain": {**of_task, **about, "asks": 5},
        "history": {**of_task, **about},
        "tasks": {"scope": "own", "status": "failed", "level": 1, "prover": "ab" * 32, "requester": "ab" * 32},
        "quote": {**shelf, "rows": 1, "reward": 1, "deadline_seconds": 1, "priority": 1},
        "quote_circom": {"r1cs": file, "sym": file, "level": 1, "reward": 1, "deadline_seconds": 1, "priority": 1},
        "book": shelf,
        "prices": shelf,
        "account": {"account": "ab" * 32},
    }
    # A stream of everything has no end; where it begins is told by that of a task.
    bare = {"events", "status", "version", "provers", "awards", "peers", "blocks", "committee"}
    for name, given in {**arguments, **{name: {} for name in bare}}.items():
        result = getattr(client, name)(**given)
        if inspect.isgenerator(result):
            list(result)
    return set(arguments) | bare


def undescribed(asked: Asked) -> list[str]:
    """What of a request the document doesn't describe."""
    for path, item in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
        operation = item.get(asked.method.lower())
        if operation and re.fullmatch(pattern, asked.path):
            described = {parameter["name"] for parameter in operation.get("parameters", [])}
            return sorted(set(asked.query) - described)
    return [asked.path]
