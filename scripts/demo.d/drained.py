"""What the acts with lbdrain have in common: one call for each restart, and its progress shown."""

import asyncio

import command
from act import Act

RELOAD_EVERY = 3.0
_LOOK_EVERY = 0.25


class Drained(Act):
    title = "with lbdrain"
    serving = "ready"
    _servers = {}

    def api(self):
        """Where the drain API is, and the beginning of its paths."""
        raise NotImplementedError

    def name(self, address):
        """The server's name in the API."""
        raise NotImplementedError

    async def status(self):
        raise NotImplementedError

    async def reload(self):
        """Reloads the balancer again and again."""
        raise NotImplementedError

    async def restart(self, address):
        to, prefix = self.api()
        await command.restart(
            to, f"{prefix}/v1/services/vllm/servers/{self.name(address)}",
            lambda line: self._progress(address, line),
            lambda: self.phase(address, "the connection ended: asking again, which joins"))
        self.waiting_for = ""

    def _progress(self, address, line):
        if "server" not in line:
            return
        server = line["server"]
        state, count = server["state"], server["in_flight"]
        self.phase(address, state, f", {count} in flight" if state == "draining" and count else "")
        self.waiting_for = (server["sequence"] or {}).get("waiting_for") or ""

    async def disturb(self):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.reload())
            tasks.create_task(self._look())

    async def _look(self):
        while True:
            status = await self.status()
            if status is not None:
                self._servers = {server["address"]: server
                                 for server in status["services"][0]["servers"]}
            await asyncio.sleep(_LOOK_EVERY)

    def in_flight(self, address):
        """As lbdrain counts it: every request that was routed there, in every worker."""
        server = self._servers.get(address)
        return server["in_flight"] if server else 0
