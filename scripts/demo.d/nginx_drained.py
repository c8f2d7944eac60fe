"""With the module: NGINX is not left in peace meanwhile."""

import asyncio

from drained import RELOAD_EVERY, Drained
from nginx import Nginx

_UPGRADE_AT = 4  # this one of the reloads is a binary upgrade instead


class NginxDrained(Drained):
    balancer_name = "nginx"
    steps = ("POST .../servers/ADDRESS/restart; meanwhile nginx is reloaded every 3 s\n"
             "and its binary upgraded once.")
    upgrades = 0

    def make_balancer(self, directory):
        return Nginx(self.stage.processes, directory, self.stage.ports[0], self.replicas)

    async def prepare(self):
        self.balancer.use_module(self.stage.options.build, self.stage.ports[1])

    def api(self):
        return self.balancer.api_port, "/drain"

    def name(self, address):
        return address

    async def status(self):
        return await self.balancer.status()

    async def reload(self):
        turn = 0
        while True:
            await asyncio.sleep(RELOAD_EVERY)
            turn += 1
            if turn == _UPGRADE_AT:
                await self.balancer.upgrade()
                self.upgrades += 1
                self.stage.screen.say("nginx            binary upgraded (USR2, QUIT)")
            else:
                self.balancer.reload()
