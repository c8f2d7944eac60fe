"""Streaming backends and the clients of HAProxy, in one event loop."""

import asyncio
import contextlib
import random
import time


class Backends:
    """Answers at once; a request that names its server is held: its last byte is sent on demand."""

    def __init__(self):
        self.release = {}  # server -> event
        self.arrived = []  # (server, when the client sent it)

    async def listen(self, port):
        return await asyncio.start_server(self.serve, "0.0.0.0", port, backlog=512)

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            _, _, high, low = writer.get_extra_info("sockname")[0].split(".")
            server = int(high) * 250 + int(low) - 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n")
            if "x-server" in fields:
                writer.write(b"toke")
                self.release[server] = asyncio.Event()
                await self.release[server].wait()
                writer.write(b"n")
            else:
                self.arrived.append((server, float(fields["x-sent"])))
                writer.write(b"token")
            await writer.drain()
        writer.close()


async def request(port, header):
    """One request through HAProxy up to its first token, and what reads the rest."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{header}\r\n\r\n".encode())
    status = await reader.readline()
    await reader.readuntil(b"toke")

    async def rest():
        last = await reader.readexactly(1)
        when = time.monotonic()
        writer.close()
        return last == b"n" and b" 200 " in status, when

    return rest


class Load:
    """Short requests to any server, for as long as it runs."""

    def __init__(self, port, clients):
        self.sent = self.failed = 0
        self.tasks = [asyncio.create_task(self.client(port)) for _ in range(clients)]

    async def client(self, port):
        while True:
            await asyncio.sleep(random.uniform(0.01, 0.03))
            self.sent += 1
            try:
                good, _ = await (await request(port, f"x-sent: {time.monotonic()}"))()
            except (OSError, asyncio.IncompleteReadError):
                good = False
            self.failed += not good

    async def end(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
