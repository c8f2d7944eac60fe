"""Act 2: one call of the drain API for each restart, and NGINX is not left in peace meanwhile."""

import asyncio
import json

import wire
from act import Act

_RELOAD_EVERY = 3.0
_UPGRADE_AT = 4  # this one of the reloads is a binary upgrade instead
_LOOK_EVERY = 0.25
_TRIES = 5


class Drained(Act):
    title = "with lbdrain"
    steps = ("POST .../servers/ADDRESS/restart; meanwhile nginx is reloaded every 3 s\n"
             "and its binary upgraded once.")
    serving = "ready"

    async def prepare(self):
        self.nginx.use_module(self.stage.options.build, self.stage.ports[1])

    async def restart(self, address):
        for _ in range(_TRIES):
            if await self._command(address):
                return
            self.phase(address, "the connection ended: asking again, which joins")
        raise RuntimeError(f"no answer of the drain API for {address}")

    async def _command(self, address):
        """Follows the restart; False if the connection ended before it did."""
        path = f"/drain/v1/services/vllm/servers/{address}/restart"
        body = json.dumps({"by": "demo", "reason": "to show it"}).encode()
        lines = _Lines(lambda line: self._progress(address, line))
        try:
            async with wire.Exchange(self.nginx.api_port, silence=60) as exchange:
                await exchange.send("POST", path, body, ["Accept: application/x-ndjson"])
                await exchange.read(lambda: None, lines.feed)
        except (wire.Cut, wire.Refused):
            return False
        last = lines.last
        if last.get("event") != "done":
            raise RuntimeError(f"the restart of {address} failed: {last.get('problem', last)}")
        self.waiting_for = ""
        return True

    def _progress(self, address, line):
        if "server" not in line:
            return
        server = line["server"]
        state, count = server["state"], server["in_flight"]
        self.phase(address, state, f", {count} in flight" if state == "draining" else "")
        self.waiting_for = (server["sequence"] or {}).get("waiting_for") or ""

    async def disturb(self):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reload())
            tasks.create_task(self._look())

    async def _reload(self):
        turn = 0
        while True:
            await asyncio.sleep(_RELOAD_EVERY)
            turn += 1
            if turn == _UPGRADE_AT:
                await self.nginx.upgrade()
                self.stage.screen.say("nginx            binary upgraded (USR2, QUIT)")
            else:
                self.nginx.reload()

    async def _look(self):
        while True:
            status = await self.nginx.status()
            if status is not None:
                self.workers = status["workers"]
                self._servers = {server["address"]: server
                                 for server in status["services"][0]["servers"]}
            await asyncio.sleep(_LOOK_EVERY)

    workers = None
    _servers = {}

    def in_flight(self, address):
        """As the module counts it: every request that was routed there, in every worker."""
        server = self._servers.get(address)
        return server["in_flight"] if server else 0


class _Lines:
    def __init__(self, on_line):
        self._on_line = on_line
        self._rest = b""
        self.last = {}

    def feed(self, data):
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.last = json.loads(line)
            self._on_line(self.last)
