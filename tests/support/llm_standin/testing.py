"""For tests: a running stand-in, and an HTTP client that tells how an answer ended.

Ready-made clients either hide that a chunked answer was cut or cannot wait for one that stalls.
"""

import json
import os
import select
import signal
import socket
import subprocess
import time

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), os.pardir, "llm-standin")
PATIENCE = 20  # for what must happen soon, on a machine that may be busy

COMPLETE, CUT, STALLED = "complete", "cut", "stalled"


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


class Exchange:
    """One request on a connection of its own, and as much of its answer as has been read."""

    def __init__(self, host, port, method, path, body=None):
        content = b"" if body is None else body if isinstance(body, bytes) else (
            json.dumps(body).encode())
        self.raw = b""
        self.end = None
        self.socket = socket.create_connection((host, port))
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
                            f"Content-Length: {len(content)}\r\n\r\n".encode() + content)

    def read_until(self, text, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while text.encode() not in self.raw:
            if self.end or not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r}: {self.end} after {self.raw[-200:]!r}")
        return self

    def finish(self, silence=PATIENCE):
        """Reads to the end; no byte for `silence` seconds is one, too."""
        while self.end is None and not self._complete():
            if not self._read(silence):
                self.end = STALLED
        self.end = self.end or COMPLETE
        self.socket.close()
        return self

    def close(self):
        self.socket.close()

    def _read(self, timeout):
        self.socket.settimeout(max(timeout, 0.001))
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self.end = COMPLETE if self._complete() else CUT
        self.raw += data
        return True

    def _complete(self):
        if b"\r\n\r\n" not in self.raw:
            return False
        length = self.headers.get("content-length")
        if length is None:
            return self.raw.endswith(b"\r\n0\r\n\r\n")
        return len(self.raw.partition(b"\r\n\r\n")[2]) >= int(length)

    @property
    def status(self):
        return int(self.raw.split(b" ", 2)[1]) if self.raw else None

    @property
    def headers(self):
        lines = self.raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in
                (line.partition(":") for line in lines)}

    @property
    def streamed(self):
        return self.headers.get("transfer-encoding") == "chunked"

    @property
    def body(self):
        body = self.raw.partition(b"\r\n\r\n")[2]
        if not self.streamed:
            return body.decode()
        content = b""
        while True:
            size, _, rest = body.partition(b"\r\n")
            length = int(size or b"0", 16)
            if length == 0:
                return content.decode()
            content, body = content + rest[:length], rest[length + 2:]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        """The data of a stream's complete events; `[DONE]` stays text."""
        data = [part[len("data: "):] for part in self.body.split("\n\n")[:-1]]
        return [part if part == "[DONE]" else json.loads(part) for part in data]

    @property
    def text(self):
        """What a stream or a unary answer of /v1/completions says."""
        if not self.streamed:
            return self.json["choices"][0]["text"]
        return "".join(event["choices"][0]["text"] for event in self.events
                       if "choices" in event)


def tokens(count):
    return "".join(f" t{number}" for number in range(1, count + 1))
