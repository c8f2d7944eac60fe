"""With HAProxy: what deploy scripts do, drain by the stats socket and wait for it to say zero."""

import asyncio
import time

from act import Act
from haproxy import Haproxy

_RELOAD_EVERY = 3.0
_LOOK_EVERY = 0.25
_PATIENCE = 30.0  # then the script goes on all the same


class HaproxyUsual(Act):
    balancer_name = "haproxy"
    title = "the usual way"
    steps = ("set server ... state drain, wait until its scur is 0 on the stats socket, SIGTERM,\n"
             "start, wait for /health, state ready. Meanwhile haproxy is reloaded every 3 s.")

    def make_balancer(self, directory):
        return Haproxy(self.stage.processes, directory, self.stage.ports[0], self.replicas)

    async def restart(self, address):
        options, haproxy = self.stage.options, self.balancer
        await haproxy.set_state(address, "drain")
        self.phase(address, "state drain, waiting for scur 0")
        began = time.monotonic()
        while (scur := await haproxy.scur(address)) != 0:
            self.waiting_for = f"scur on the stats socket: {scur}"
            if time.monotonic() - began > _PATIENCE:
                break
            await asyncio.sleep(_LOOK_EVERY)
        self.waiting_for = ""
        self.phase(address, f"the stats socket says scur {scur}: SIGTERM",
                   f" ({self.in_flight(address)} streams are open)")
        await self.replicas.stop(address, options.kill_after, lambda: self.phase(
            address, f"SIGKILL after {options.kill_after:g} s"))
        self.phase(address, "starting")
        await self.replicas.start(address)
        await self.replicas.wait_healthy(address)
        await haproxy.set_state(address, "ready")
        self.phase(address, "state ready")

    async def disturb(self):
        while True:
            await asyncio.sleep(_RELOAD_EVERY)
            self.balancer.reload()
