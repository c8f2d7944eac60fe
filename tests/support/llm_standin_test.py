"""Is the stand-in the server it stands in for? Every test runs the real processes."""

import errno
import os
import random
import signal
import socket
import tempfile
import unittest

from llm_standin.exchange import COMPLETE
from llm_standin.testing import Case, Standin, wait_for

FAST = ("--tokens-per-second", 100)


class Surface(Case):
    @classmethod
    def setUpClass(cls):
        cls.standin = Standin("--era", "v0.18", "--name", "gpu-a", "--model", "m",
                              "--max-num-seqs", 2, "--max-tokens", 3, *FAST)
        cls.addClassCleanup(cls.standin.close)

    def chat(self, **body):
        messages = [{"role": "user", "content": "hello"}]
        return self.standin.request("POST", "/v1/chat/completions",
                                    {"messages": messages, **body}).finish()

    def test_unary_completion(self):
        answer = self.standin.complete(max_tokens=5).finish()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["object"], "text_completion")
        self.assertEqual(answer.json["usage"],
                         {"prompt_tokens": 2, "completion_tokens": 5, "total_tokens": 7})
        self.assert_whole(answer, 5)

    def test_streamed_completion(self):
        answer = self.standin.complete(max_tokens=5, stream=True)
        self.assert_whole(answer, 5)
        self.assertTrue(answer.headers["content-type"].startswith("text/event-stream"))
        reasons = [event["choices"][0]["finish_reason"] for event in answer.events[:-1]]
        self.assertEqual(reasons, [None] * 4 + ["length"])

    def test_usage_chunk_only_when_asked_for(self):
        answer = self.standin.complete(stream=True, stream_options={"include_usage": True})
        usage, done = answer.finish().events[-2:]
        self.assertEqual((usage["choices"], usage["usage"]["completion_tokens"], done),
                         ([], 3, "[DONE]"))

    def test_unary_chat(self):
        answer = self.chat(max_tokens=9, max_completion_tokens=2)
        self.assertEqual(answer.json["object"], "chat.completion")
        self.assertEqual(answer.json["choices"][0]["message"],
                         {"role": "assistant", "content": " t1 t2"})

    def test_streamed_chat_starts_with_the_role(self):
        *chunks, done = self.chat(stream=True).events
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
        self.assertEqual(deltas, [{"role": "assistant", "content": ""}, {"content": " t1"},
                                  {"content": " t2"}, {"content": " t3"}])
        self.assertEqual(chunks[-1]["choices"][0]["finish_reason"], "length")
        self.assertEqual(done, "[DONE]")

    def test_every_answer_names_the_replica(self):
        answers = [self.standin.get(path) for path in ("/health", "/none", "/v1/completions")]
        answers += [self.chat(stream=True), self.standin.request("GET", " ").finish()]
        self.assertEqual([answer.status for answer in answers], [200, 404, 405, 200, 400])
        self.assertEqual([answer.headers["x-replica"] for answer in answers], ["gpu-a"] * 5)

    def test_small_endpoints(self):
        self.assertEqual(self.standin.get("/ping").status, 200)
        self.assertEqual(self.standin.get("/version").json, {"version": "0.18.0"})
        model, = self.standin.get("/v1/models").json["data"]
        self.assertEqual((model["id"], model["owned_by"]), ("m", "vllm"))

    def test_bad_requests(self):
        for body, status in ((b"{", 400), ([], 400), ({"messages": "x"}, 400), ({}, 400),
                             ({"prompt": "x", "max_tokens": 0}, 400),
                             ({"prompt": "x", "prefill": "long"}, 400),
                             ({"prompt": "x", "model": "other"}, 404)):
            answer = self.standin.request("POST", "/v1/completions", body).finish()
            self.assertEqual(answer.status, status, body)
            self.assertEqual(answer.json["error"]["code"], status)

    def test_headers_come_before_prefill_is_over(self):
        answer = self.standin.complete(stream=True, prefill=600)
        self.addCleanup(answer.close)
        answer.read_until("\r\n\r\n")
        self.assertEqual((answer.status, answer.body), (200, ""))
        wait_for(lambda: self.standin.metric("num_requests_running") >= 1, "prefill is running")

    def test_load_is_always_0_without_tracking(self):
        answer = self.standin.complete(stream=True, max_tokens=1000).read_until(" t1")
        self.assertEqual(self.standin.get("/load").json, {"server_load": 0})
        answer.close()


class Engine(Case):
    def test_load_tracking(self):
        standin = self.start("--load-tracking", *FAST)
        answer = standin.complete(stream=True, max_tokens=1000).read_until(" t1")
        self.assertEqual(standin.get("/load").json, {"server_load": 1})
        answer.close()
        wait_for(lambda: standin.get("/load").json == {"server_load": 0}, "load is 0 again")

    def test_a_disconnect_aborts_and_the_gauges_go_stale(self):
        standin = self.start("--max-num-seqs", 1, *FAST)
        for stream in (True, False):
            first = standin.complete(stream=stream, max_tokens=10 ** 6)
            wait_for(lambda: standin.metric("num_requests_running") == 1, "one runs")
            second = standin.complete(stream=True, max_tokens=10 ** 6).read_until("\r\n\r\n")
            wait_for(lambda: standin.metric("num_requests_waiting") == 1, "one waits")
            second.close()
            wait_for(lambda: standin.metric("num_requests_waiting") == 0, "one was aborted")
            first.close()
            # Only an engine rid of the first has a place for this one.
            self.assert_whole(standin.complete(max_tokens=2), 2)
            self.assertEqual(standin.metric("num_requests_running"), 0)
        last = standin.complete(stream=True, max_tokens=10 ** 6).read_until(" t1")
        last.close()
        # No step follows the abort of the last one, so nobody learns of it.
        wait_for(lambda: standin.engine.sleeps(), "the engine sleeps")
        self.assertEqual(standin.metric("num_requests_running"), 1)

    def test_counters(self):
        standin = self.start(*FAST)
        self.assert_whole(standin.complete(max_tokens=7), 7)
        self.assertEqual(standin.metric("generation_tokens_total"), 7)
        lines = standin.get("/metrics").body
        self.assertRegex(lines, r'request_success_total\{.*finished_reason="length"\} 1\.0')

    def test_idle_connections_are_closed(self):
        standin = self.start("--keep-alive", 0)
        connection = standin.request("GET", "/health")
        connection.read_until("\r\n\r\n")
        connection.socket.settimeout(10)
        self.assertEqual(connection.socket.recv(1), b"")
        connection.close()

    def test_a_killed_engine_fails_every_request_and_ends_the_server(self):
        standin = self.start(*FAST)
        stream, unary = self.open_requests(standin)
        standin.engine.kill()
        self.assert_failed(stream, unary)
        self.assertEqual(standin.get("/health").status, 503)
        self.assertEqual(standin.complete().finish().status, 500)
        self.assertEqual(standin.wait(), 0)

    def test_a_dead_worker_kills_the_engine(self):
        standin = self.start("--tensor-parallel", 2, *FAST)
        self.assertEqual(len(standin.workers), 2)
        stream, unary = self.open_requests(standin)
        standin.workers[1].kill(signal.SIGTERM)
        self.assert_failed(stream, unary)
        self.assertTrue(standin.engine.wait_gone())
        self.assertTrue(standin.workers[0].wait_gone())

    def test_a_sigterm_to_the_control_group_spares_only_an_engine_without_workers(self):
        for era in ("v0.18", "v0.22", "v0.28"):
            with self.subTest(era):
                options = ("--era", era, "--shutdown-timeout", 10, *FAST)
                alone = self.start(*options)
                answer = alone.complete(stream=True, max_tokens=60).read_until(" t5")
                alone.kill_group()
                self.assert_whole(answer, 60)
                self.assertEqual(alone.wait(), 0)
                parallel = self.start("--tensor-parallel", 2, *options)
                answers = self.open_requests(parallel)
                parallel.kill_group()
                self.assert_failed(*answers)

    def test_a_sigterm_to_the_engine_alone_makes_it_reject_new_requests(self):
        standin = self.start("--shutdown-timeout", 10, *FAST)
        answer = standin.complete(stream=True, max_tokens=100).read_until(" t5")
        standin.engine.kill(signal.SIGTERM)
        rejected = wait_for(
            lambda: (late := standin.complete(max_tokens=1).finish()).text == "" and late,
            "the engine rejects")
        self.assertEqual(rejected.status, 200)
        self.assert_reason(rejected, "abort")
        self.assert_whole(answer, 100)
        wait_for(lambda: standin.get("/health").status == 503, "the engine is dead")

    def test_the_engine_ends_with_a_killed_server_unless_told_otherwise(self):
        standin = self.start("--tensor-parallel", 2)
        standin.kill(signal.SIGKILL)
        self.assertTrue(all(process.wait_gone() for process in (standin.engine,
                                                                *standin.workers)))
        orphaned = self.start("--orphan-engine", "--tensor-parallel", 2)
        orphaned.kill(signal.SIGKILL)
        orphaned.wait()
        self.assertFalse(orphaned.engine.wait_gone(0.5))
        orphaned.engine.kill()
        self.assertTrue(all(worker.wait_gone() for worker in orphaned.workers))

    def open_requests(self, standin):
        stream = standin.complete(stream=True, max_tokens=10 ** 6).read_until(" t3")
        unary = standin.complete(max_tokens=10 ** 6)
        wait_for(lambda: standin.metric("num_requests_running") == 2, "both run")
        return stream, unary

    def assert_failed(self, stream, unary):
        stream.finish()
        self.assertEqual((stream.end, stream.status), (COMPLETE, 200))
        *_, last, error, done = stream.events
        self.assertIsNone(last["choices"][0]["finish_reason"])
        self.assertEqual((error["error"]["code"], done), (500, "[DONE]"))
        unary.finish()
        self.assertEqual((unary.end, unary.status), (COMPLETE, 500))
        self.assertIn("EngineCore", unary.json["error"]["message"])


class Startup(Case):
    def setUp(self):
        # A loopback address of our own: a fixed port there is nobody else's.
        self.host = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{os.getpid() % 254 + 1}"
        self.port = 8000

    def start_loading(self, *arguments):
        standin = self.start("--era", "v0.28", "--load", 600, *arguments, wait=False,
                             host=self.host, port=self.port)
        standin.wait_engine()  # which comes after the bind
        return standin

    def test_the_port_is_taken_but_refuses_connections_during_the_load(self):
        standin = self.start_loading()
        self.assertTrue(standin.refuses())
        with socket.socket() as other, self.assertRaises(OSError) as taken:
            other.bind((self.host, self.port))
        self.assertEqual(taken.exception.errno, errno.EADDRINUSE)
        self.assertTrue(standin.running())

    def test_a_sigterm_during_the_load_is_a_ctrl_c(self):
        standin = self.start_loading()
        standin.kill(signal.SIGTERM)
        self.assertEqual(standin.wait(), -signal.SIGINT)
        self.assertEqual(standin.output(), "")
        self.assertTrue(standin.engine.wait_gone())

    def test_a_dead_engine_during_the_load_ends_the_server(self):
        standin = self.start_loading()
        standin.engine.kill()
        self.assertEqual(standin.wait(), 1)
        self.assertIn("initialization failed", standin.output())

    def test_a_taken_port_ends_it(self):
        first = self.start("--era", "v0.28")
        second = self.start("--era", "v0.28", port=first.port, wait=False)
        self.assertEqual(second.wait(), 1)
        self.assertIn("Address already in use", second.output())

    def test_two_of_an_old_era_share_a_port(self):
        first = self.start("--era", "v0.18")
        second = self.start("--era", "v0.18", port=first.port)
        self.assertEqual(second.port, first.port)

    def test_the_pidfile_is_there_while_it_listens(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "pid")
            standin = self.start("--pidfile", path)
            with open(path, encoding="ascii") as file:
                self.assertEqual(file.read(), f"{standin.pid}\n")
            standin.kill()
            self.assertEqual(standin.wait(), 0)
            self.assertEqual(os.listdir(directory), [])

    def test_the_pidfile_of_a_successor_stays(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "pid")
            standin = self.start("--pidfile", path)
            with open(path, "w", encoding="ascii") as file:
                file.write("1\n")
            standin.kill()
            self.assertEqual(standin.wait(), 0)
            self.assertEqual(os.listdir(directory), ["pid"])


if __name__ == "__main__":
    unittest.main()
