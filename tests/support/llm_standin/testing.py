"""For tests: a running stand-in."""

import os
import select
import signal
import socket
import subprocess
import time
import unittest

from .exchange import COMPLETE, PATIENCE, Exchange, tokens

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), os.pardir, "llm-standin")


def wait_for(condition, what, patience=PATIENCE):
    """Polls until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.01)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


class Process:
    """Someone else's child, safe against pid reuse."""

    def __init__(self, pid):
        self.pid = pid
        self._pidfd = os.pidfd_open(pid)

    def wait_gone(self, timeout=PATIENCE):
        return bool(select.select([self._pidfd], [], [], timeout)[0])

    def kill(self, sig=signal.SIGKILL):
        signal.pidfd_send_signal(self._pidfd, sig)

    def sleeps(self):
        """Whether it has not run for a while."""
        before = self._switches()
        time.sleep(0.25)
        return self._switches() == before

    def _switches(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return [line for line in file if "ctxt_switches" in line]

    def close(self):
        if not self.wait_gone(0):
            self.kill()
        os.close(self._pidfd)


class Standin:
    """The stand-in in a session of its own. With wait=False it may still be loading."""

    def __init__(self, *arguments, wait=True, host="127.0.0.1", port=0):
        self.host = host
        self.port = port
        self._tree = []
        self._process = subprocess.Popen(
            [PROGRAM, "--host", host, "--port", str(port), *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.pid = self._process.pid
        if wait:
            try:
                self.wait_listening()
            except BaseException:
                self.close()
                raise

    def wait_listening(self):
        line = self._process.stdout.readline()
        if not line.startswith("listening "):
            raise AssertionError(f"no start: {line!r} {self._process.stderr.read()}")
        self.port = int(line.split()[1])
        self.wait_engine()
        self.workers = [Process(pid) for pid in children(self.engine.pid)]
        self._tree += self.workers

    def wait_engine(self):
        """The engine is there before `listening`, but not at once."""
        pid, = wait_for(lambda: children(self.pid), "there is an engine")
        self.engine = Process(pid)
        self._tree.append(self.engine)
        return self.engine

    def kill(self, sig=signal.SIGTERM):
        self._process.send_signal(sig)

    def kill_group(self, sig=signal.SIGTERM):
        os.killpg(self.pid, sig)

    def running(self):
        return self._process.poll() is None

    def wait(self, timeout=PATIENCE):
        """The exit status, negative for a signal."""
        return self._process.wait(timeout)

    def output(self):
        """What it has printed since `listening`; only after its end."""
        return self._process.stdout.read() + self._process.stderr.read()

    def refuses(self):
        try:
            socket.create_connection((self.host, self.port)).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # taken just before the listener closed; the next one is refused
        return False

    def request(self, method, path, body=None):
        return Exchange(self.host, self.port, method, path, body)

    def get(self, path):
        return self.request("GET", path).finish()

    def complete(self, **body):
        return self.request("POST", "/v1/completions", {"prompt": "one two", **body})

    def metric(self, name):
        """The value of the first sample that starts with name."""
        lines = self.get("/metrics").body.splitlines()
        return float(next(line for line in lines if line.startswith(f"vllm:{name}")).split()[-1])

    def close(self):
        if self.running():
            self._process.kill()
        self._process.wait()
        for process in self._tree:
            process.close()
        self._process.stdout.close()
        self._process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Case(unittest.TestCase):
    """A test of stand-ins, which end with it."""

    def start(self, *arguments, **keywords):
        standin = Standin(*arguments, **keywords)
        self.addCleanup(standin.close)
        return standin

    def assert_whole(self, exchange, count):
        """Ended in full: every token, the right reason, and [DONE] if it is a stream."""
        self.assertEqual(exchange.finish().end, COMPLETE)
        self.assertEqual(exchange.status, 200)
        self.assertEqual(exchange.text, tokens(count))
        self.assert_reason(exchange, "length")

    def assert_reason(self, exchange, reason):
        if exchange.streamed:
            *_, last, done = exchange.events
            self.assertEqual(done, "[DONE]")
        else:
            last = exchange.json
        self.assertEqual(last["choices"][0]["finish_reason"], reason)
