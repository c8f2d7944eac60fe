"""A small HTTP/1.1 client that tells how an answer ended.

Ready-made ones hide that an answer was cut or cannot tell a slow one from one that hangs.
"""

import asyncio


class Refused(Exception):
    """No connection."""


class Cut(Exception):
    """The connection ended before the answer did."""


class Silent(Exception):
    """No byte for longer than `silence` seconds."""


class Exchange:
    """One request on a connection of its own. Use it as an asynchronous context manager.

    `to` is a port of this host, or the path of a unix socket.
    """

    def __init__(self, to, silence):
        self._to = to
        self._silence = silence
        self._loop = asyncio.get_running_loop()
        self._limit = None
        self.status = None
        self.headers = {}
        self.last_byte = self._loop.time()
        self.longest_pause = 0.0

    async def __aenter__(self):
        try:
            if isinstance(self._to, str):
                connection = asyncio.open_unix_connection(self._to)
            else:
                connection = asyncio.open_connection("127.0.0.1", self._to)
            self._reader, self._writer = await connection
        except OSError as reason:
            raise Refused(str(reason)) from None
        return self

    async def __aexit__(self, *_):
        self._writer.transport.abort()

    async def send(self, method, path, body=b"", headers=(), pause=0.0):
        """With a pause, the body leaves in ten pieces with so many seconds between them."""
        head = [f"{method} {path} HTTP/1.1", "Host: demo", f"Content-Length: {len(body)}",
                "Connection: close", *headers, "", ""]
        self._writer.write("\r\n".join(head).encode())
        step = max(1, -(-len(body) // 10)) if pause else max(1, len(body))
        try:
            for start in range(0, len(body), step):
                if start:
                    await asyncio.sleep(pause)
                self._writer.write(body[start:start + step])
                await self._writer.drain()
        except ConnectionError:
            pass  # an early answer may still be there to be read
        self.last_byte = self._loop.time()

    async def read(self, on_head, on_piece):
        """Reads the answer to its end; calls back when the head is there and for each piece."""
        try:
            async with asyncio.timeout(self._silence) as self._limit:
                await self._read_head()
                on_head()
                if self.headers.get("transfer-encoding") == "chunked":
                    while piece := await self._chunk():
                        on_piece(piece)
                elif "content-length" in self.headers:
                    length = int(self.headers["content-length"])
                    on_piece(await self._reader.readexactly(length))
                    self._alive()
                else:
                    raise Cut("an answer without an end")
        except TimeoutError:
            self.longest_pause = max(self.longest_pause, self._silence)
            raise Silent from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Cut("the connection ended") from None

    async def body(self):
        pieces = []
        await self.read(lambda: None, pieces.append)
        return b"".join(pieces)

    async def _read_head(self):
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self._alive()
        self.status = int(head[0].split(" ")[1])
        for line in head[1:-2]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    async def _chunk(self):
        line = await self._reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        piece = (await self._reader.readexactly(size + 2))[:-2]
        self._alive()
        return piece

    def _alive(self):
        now = self._loop.time()
        self.longest_pause = max(self.longest_pause, now - self.last_byte)
        self.last_byte = now
        self._limit.reschedule(now + self._silence)


async def get(to, path, silence=2.0):
    """Status and body; (None, b"") if there was no proper answer."""
    try:
        async with Exchange(to, silence) as exchange:
            await exchange.send("GET", path)
            body = await exchange.body()
            return exchange.status, body
    except (Refused, Cut, Silent):
        return None, b""
