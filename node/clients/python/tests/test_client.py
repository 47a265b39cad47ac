"""What the client does when the gateway refuses, breaks, lies or is slow."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from dpgn import Client, Problem, TaskFailed, Terms, UnexpectedAnswer, Unreachable, preimage
from dpgn.events import EVENT_BYTES_MAX
from gateway import Answer, Asked, Gateway, answer, broken, problem, stream

TERMS = Terms(reward=1_000, level=1, witness_is_public=True)
BOUGHT = answer(201, {"task": {"task": "t"}, "warnings": []})


def told(status: str) -> Answer:
    return answer(200, {"task": "t", "status": status, "why": None})


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        self.pauses: list[float] = []
        patch = mock.patch("time.sleep", self.pauses.append)
        patch.start()
        self.addCleanup(patch.stop)

    def gateway(self, *answers: Answer) -> Gateway:
        gateway = Gateway(*answers)
        self.addCleanup(gateway.__exit__)
        return gateway


class Retries(ClientTest):
    def test_a_purchase_that_broke_off_is_repeated_with_its_key_and_its_bytes(self) -> None:
        gateway = self.gateway(broken, problem(503, "overloaded", Retry_After="7"), BOUGHT)
        client = Client(gateway.url)
        self.assertEqual(client.submit(preimage(b"secret"), TERMS)["task"]["task"], "t")
        first, *others = gateway.asked
        self.assertEqual(len(others), 2)
        for again in others:
            self.assertEqual(again.body, first.body)
            self.assertEqual(again.headers["idempotency-key"], first.headers["idempotency-key"])
        self.assertGreaterEqual(self.pauses[1], 7, "as long as Retry-After says")
        order = {"circuit_data": "AXNlY3JldA==", "reward": 1_000, "level": 1, "witness_is_public": True}
        self.assertEqual(json.loads(first.body), order)
        client.submit(preimage(b"secret"), TERMS)
        self.assertNotEqual(gateway.asked[-1].headers["idempotency-key"], first.headers["idempotency-key"])

    def test_a_first_try_that_still_runs_is_waited_for_however_long(self) -> None:
        runs = [problem(409, "key_in_use", Retry_After="1")] * 200
        gateway = self.gateway(*runs, BOUGHT)
        Client(gateway.url, retry_for=5).submit(preimage(b"x"), TERMS)
        self.assertEqual(len(gateway.asked), 201)

    def test_what_is_refused_for_good_is_told_at_once(self) -> None:
        gateway = self.gateway(problem(422, "insufficient_funds"))
        with self.assertRaises(Problem) as caught:
            Client(gateway.url).submit(preimage(b"x"), TERMS)
        refused = caught.exception
        self.assertEqual((refused.status, refused.code, refused.detail), (422, "insufficient_funds", "why"))
        self.assertEqual((refused.hint, refused.trace_id, refused.retry_after), ("what now", "ab" * 16, None))
        self.assertEqual((len(gateway.asked), self.pauses), (1, []))

    def test_patience_ends(self) -> None:
        gateway = self.gateway(problem(429, "rate_limited", Retry_After="4"))
        with self.assertRaises(Problem):
            Client(gateway.url, retry_for=10).status()
        self.assertEqual(len(gateway.asked), 3, "two pauses of four seconds")
        with self.assertRaises(Unreachable):
            Client("http://127.0.0.1:1", retry_for=1).status()

    def test_a_cancellation_that_may_have_come_is_not_repeated(self) -> None:
        gateway = self.gateway(broken)
        with self.assertRaises(Unreachable):
            Client(gateway.url).cancel("t")
        self.assertEqual(len(gateway.asked), 1)
        gateway = self.gateway(problem(503, "node_busy", Retry_After="1"), told("failed"))
        self.assertEqual(Client(gateway.url).cancel("t")["status"], "failed", "refused, so not carried out")

    def test_what_else_is_sent_is_not_repeated_either(self) -> None:
        gateway = self.gateway(answer(201, {"id": "w"}), broken)
        client = Client(gateway.url)
        self.assertEqual(client.post("/api/v1/webhooks", {"url": "https://hooks.example"}), {"id": "w"})
        self.assertEqual(json.loads(gateway.asked[0].body), {"url": "https://hooks.example"})
        with self.assertRaises(Unreachable):
            client.post("/api/v1/webhooks", {"url": "https://hooks.example"})
        self.assertEqual(len(gateway.asked), 2)

    def test_a_proxy_is_no_gateway(self) -> None:
        page = answer(502, b"<h1>Bad gateway</h1>", Content_Type="text/html")
        gateway = self.gateway(page, told("pending"))
        self.assertEqual(Client(gateway.url).task("t")["status"], "pending")
        gateway = self.gateway(answer(302, b"", Location="http://evil.example/"))
        with self.assertRaises(Problem) as caught:
            Client(gateway.url, token="secret").status()
        self.assertEqual(caught.exception.code, "http_302", "it is followed nowhere")


class Secrets(unittest.TestCase):
    def test_the_token_goes_where_nobody_reads_along(self) -> None:
        for url in ("http://dpgn.example", "http://192.0.2.1:8080", "http://localhost.evil.example"):
            with self.assertRaises(ValueError):
                Client(url)
            Client(url, allow_plain_http=True)
        for url in ("http://localhost:8080", "http://[::1]:8080", "http://127.0.0.2", "https://dpgn.example/below"):
            Client(url)
        for url in ("ftp://localhost", "localhost:8080", "http://u:p@localhost", "http://localhost/?x=1"):
            with self.assertRaises(ValueError):
                Client(url)

    def test_the_token_is_read_from_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as name, Gateway(told("pending")) as gateway:
            file = Path(name) / "token"
            file.write_text("abc\n")
            Client(gateway.url, token_file=file).task("t")
            self.assertEqual(gateway.asked[0].headers["authorization"], "Bearer abc")
            for wrong in ("", "a\nb", "ä"):
                file.write_text(wrong)
                with self.assertRaises(ValueError):
                    Client(gateway.url, token_file=file)

    def test_a_name_stays_in_its_segment(self) -> None:
        with Gateway(told("pending")) as gateway:
            for name in ("../x", "a/b?c#d", "..", "a b"):
                Client(gateway.url).task(name)
            paths = [asked.path for asked in gateway.asked]
            self.assertTrue(all(path.count("/") == 4 and not path.endswith("/..") for path in paths), paths)


class Waits(ClientTest):
    def test_a_paid_task_is_over_once_its_proof_is_here(self) -> None:
        def late(_: Asked) -> bytes:
            # The gateway has held the question for as long as it was asked to.
            self.clock += 60
            return told("completed")(_)

        self.clock = 0.0
        with mock.patch("time.monotonic", lambda: self.clock):
            gateway = self.gateway(late, told("completed"))
            self.assertEqual(Client(gateway.url).wait("t")["status"], "completed")
        self.assertEqual([asked.query["wait"] for asked in gateway.asked], ["60", "60"])

    def test_waiting_has_an_end(self) -> None:
        self.clock = 0.0

        def held(asked: Asked) -> bytes:
            self.clock += float(asked.query["wait"])
            return told("pending")(asked)

        with mock.patch("time.monotonic", lambda: self.clock), self.assertRaises(TimeoutError):
            Client(self.gateway(held).url).wait("t", 90)
        self.assertEqual(self.clock, 90)

    def test_a_task_that_failed_has_no_result(self) -> None:
        failed = answer(200, {"task": "t", "status": "failed", "why": "nobody asked"})
        with self.assertRaises(TaskFailed) as caught:
            Client(self.gateway(failed).url).result("t")
        self.assertIn("nobody asked", str(caught.exception))

    def test_a_result_is_saved_as_the_program_reads_it(self) -> None:
        gateway = self.gateway(told("completed"), answer(200, b"the proof"), answer(200, b"its data"))
        with tempfile.TemporaryDirectory() as name:
            Client(gateway.url).result("t").save(Path(name) / "a.proof")
            self.assertEqual((Path(name) / "a.proof").read_bytes(), b"the proof")
            self.assertEqual((Path(name) / "a.proof.verifier").read_bytes(), b"its data")


class Uploads(ClientTest):
    def test_an_upload_goes_on_where_it_broke_off(self) -> None:
        content = bytes(range(256)) * 4_096
        held = [answer(200, {"digest": "", "bytes": n, "complete": n == len(content)}) for n in (0, 500_000)]
        moved = problem(409, "other_offset")
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            gateway = self.gateway(held[0], broken, held[1], moved, held[1], answer(201, {}))
            gateway.breaks_after = 500_000
            digest = Client(gateway.url).upload(file.name)
        puts = [asked for asked in gateway.asked if asked.method == "PUT"]
        self.assertEqual([put.query["offset"] for put in puts], ["0", "500000", "500000"])
        self.assertEqual(puts[0].body + puts[2].body, content)
        self.assertTrue(all(asked.path == f"/api/v1/uploads/{digest}" for asked in gateway.asked))

    def test_a_purchase_that_is_known_brings_no_witness(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            gateway = self.gateway(answer(200, {"task": {"task": "t"}, "warnings": []}))
            Client(gateway.url).submit_circom(file.name, file.name, TERMS, idempotency_key="mine")
            self.assertEqual([asked.method for asked in gateway.asked], ["POST"])
            here = answer(200, {"digest": "", "bytes": 0, "complete": True})
            gateway = self.gateway(problem(422, "unknown_upload"), here, here, BOUGHT)
            Client(gateway.url).submit_circom(file.name, file.name, TERMS, idempotency_key="mine")
            self.assertEqual([asked.method for asked in gateway.asked], ["POST", "GET", "GET", "POST"])


class Streams(ClientTest):
    def test_a_stream_goes_on_where_it_was(self) -> None:
        first = ': alive\n\nid: r-1\nevent: state\ndata: {"event":\ndata: "state"}\n\nid: r-2\nevent: aw'
        second = 'id:r-3\r\nevent:progress\r\ndata:{"stage":"wires"}\r\n\r\n'
        gateway = self.gateway(stream(first), problem(503, "overloaded", Retry_After="3"), stream(second), answer(204))
        events = list(Client(gateway.url).watch("t"))
        self.assertEqual([(event.name, event.id) for event in events], [("state", "r-1"), ("progress", "r-3")])
        self.assertEqual(events[0].data, {"event": "state"})
        resumed = [asked.headers.get("last-event-id") for asked in gateway.asked]
        self.assertEqual(resumed, [None, "r-1", "r-1", "r-3"], "what was cut off comes again")

    def test_a_stream_ends_with_its_task_and_a_reader_may_leave(self) -> None:
        end = "event: completed\nid: r-9\ndata: {}\n\nevent: more\ndata: {}\n\n"
        gateway = self.gateway(stream(end))
        self.assertEqual([event.name for event in Client(gateway.url).watch("t", last_id="r-8")], ["completed"])
        self.assertEqual(gateway.asked[0].headers["last-event-id"], "r-8")
        everything = Client(gateway.url).events()
        self.assertEqual([next(everything).name, next(everything).name], ["completed", "more"])

    def test_an_event_without_an_end_is_given_up(self) -> None:
        gateway = self.gateway(stream("data: " + "x" * (EVENT_BYTES_MAX + 10)))
        with self.assertRaises(UnexpectedAnswer):
            list(Client(gateway.url).events())
        for wrong in ("data: no json\n\n", "data: 3\n\n"):
            with self.assertRaises(UnexpectedAnswer):
                list(Client(self.gateway(stream(wrong)).url).events())

    def test_a_task_that_nobody_knows_has_no_stream(self) -> None:
        gateway = self.gateway(problem(404, "unknown_task"))
        with self.assertRaises(Problem):
            list(Client(gateway.url).watch("t"))
        self.assertEqual(len(gateway.asked), 1)


class Lies(ClientTest):
    def test_an_answer_of_another_form_is_told_as_one(self) -> None:
        for wrong in (answer(200, b"<html>"), answer(200, [1])):
            with self.assertRaises(UnexpectedAnswer):
                list(Client(self.gateway(wrong).url).provers())
        with mock.patch("dpgn.transport.ANSWER_BYTES_MAX", 10), self.assertRaises(UnexpectedAnswer):
            Client(self.gateway(answer(200, b"x" * 11)).url).proof("t")

    def test_an_answer_that_is_cut_off_is_none(self) -> None:
        cut = answer(200, b"half", Content_Length="8")
        self.assertEqual(Client(self.gateway(cut, answer(200, b"whole")).url).proof("t"), b"whole")

    def test_lists_are_read_page_by_page(self) -> None:
        pages = [answer(200, {"items": [{"task": n}], "next_cursor": c}) for n, c in ((1, "c1"), (2, "c2"), (3, None))]
        gateway = self.gateway(*pages)
        rows = list(Client(gateway.url).tasks(status="failed"))
        self.assertEqual([row["task"] for row in rows], [1, 2, 3])
        self.assertEqual([asked.query.get("cursor") for asked in gateway.asked], [None, "c1", "c2"])
        self.assertTrue(all(asked.query["status"] == "failed" for asked in gateway.asked))
