"""For tests: an HTTP client that tells how an answer ended.

Ready-made ones either hide that a chunked answer was cut or cannot wait for one that stalls.
"""

import json
import socket
import time

PATIENCE = 20  # for what must happen soon, on a machine that may be busy

COMPLETE, CUT, STALLED = "complete", "cut", "stalled"


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
