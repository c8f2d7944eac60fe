"""Who looks: at a worker's stats socket, and at the agent's API."""

import asyncio
import csv
import json
import time


class Cli:
    """A kept connection to the worker's stats socket."""

    async def open(self, path):
        self.reader, self.writer = await asyncio.open_unix_connection(str(path), limit=1 << 24)
        await self.ask("prompt")
        return self

    async def ask(self, line):
        self.writer.write(line.encode() + b"\n")
        return (await self.reader.readuntil(b"\n> ")).decode()

    async def until_out(self, server):
        while True:
            answer = await self.ask(f"show stat be 4 {server + 1}")  # ids count from 1
            row = next(csv.DictReader(answer.removeprefix("# ").splitlines()))
            if row["svname"] == f"s{server}" and row["status"].startswith(("DRAIN", "MAINT")):
                return time.monotonic()
            await asyncio.sleep(0.001)


class Api:
    """Commands to the agent, and its events as they arrive."""

    def __init__(self, path):
        self.path = str(path)
        self.states = {}  # server -> (state, when it was told)
        self.news = asyncio.Condition()

    async def command(self, server, action):
        body = json.dumps({"wait": False, "settle_s": 0, "force": True, "reason": "bench"}
                          if action == "drain" else {"wait": False})
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(f"POST /v1/services/be/servers/s{server}/{action} HTTP/1.1\r\nHost: agent\r\n"
                     f"Connection: close\r\nContent-Type: application/json\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        answer = await reader.read()
        writer.close()
        if b" 202 " not in answer.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{action} of s{server}: {answer.decode()}")

    async def follow(self):
        reader, writer = await asyncio.open_unix_connection(self.path, limit=1 << 20)
        writer.write(b"GET /v1/events HTTP/1.0\r\n\r\n")
        while line := await reader.readline():
            when = time.monotonic()
            if b'"changed"' in line:
                server = json.loads(line)["server"]
                async with self.news:
                    self.states[server["name"]] = (server["state"], when)
                    self.news.notify_all()

    async def until(self, server, state):
        async with self.news:
            await self.news.wait_for(lambda: self.states.get(f"s{server}", ("", 0))[0] == state)
            return self.states[f"s{server}"][1]
