"""Act 1: what deploy scripts do without a balancer that can drain."""

import asyncio

from act import Act


class Usual(Act):
    title = "the usual way"

    def __init__(self, stage, number):
        super().__init__(stage, number)
        options = stage.options
        self.steps = (f"mark the server down, reload, sleep {options.sleep:g} s, SIGTERM,\n"
                      "start, wait for /health, put the server back, reload.")

    async def restart(self, address):
        options = self.stage.options
        self.nginx.configure(down=[address])
        self.nginx.reload()
        self.phase(address, f"marked down, sleeping {options.sleep:g} s")
        await asyncio.sleep(options.sleep)
        self.phase(address, "SIGTERM, waiting for its exit")
        await self.replicas.stop(address, options.kill_after, lambda: self.phase(
            address, f"SIGKILL after {options.kill_after:g} s"))
        self.phase(address, "starting")
        await self.replicas.start(address)
        await self.replicas.wait_healthy(address)
        self.nginx.configure()
        self.nginx.reload()
        self.phase(address, "put back, reload")
