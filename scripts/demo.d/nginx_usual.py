"""With NGINX: what deploy scripts do without a balancer that can drain."""

import asyncio

from act import Act
from nginx import Nginx


class NginxUsual(Act):
    balancer_name = "nginx"
    title = "the usual way"

    def __init__(self, stage, number):
        super().__init__(stage, number)
        options = stage.options
        self.steps = (f"mark the server down, reload, sleep {options.sleep:g} s, SIGTERM,\n"
                      "start, wait for /health, put the server back, reload.")

    def make_balancer(self, directory):
        return Nginx(self.stage.processes, directory, self.stage.ports[0], self.replicas)

    async def restart(self, address):
        options = self.stage.options
        self.balancer.configure(down=[address])
        self.balancer.reload()
        self.phase(address, f"marked down, sleeping {options.sleep:g} s")
        await asyncio.sleep(options.sleep)
        self.phase(address, "SIGTERM, waiting for its exit")
        await self.replicas.stop(address, options.kill_after, lambda: self.phase(
            address, f"SIGKILL after {options.kill_after:g} s"))
        self.phase(address, "starting")
        await self.replicas.start(address)
        await self.replicas.wait_healthy(address)
        self.balancer.configure()
        self.balancer.reload()
        self.phase(address, "put back, reload")
