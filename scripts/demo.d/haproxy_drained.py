"""With drain-agent: HAProxy is reloaded and the agent killed meanwhile."""

import asyncio

from agent import Agent
from drained import RELOAD_EVERY, Drained
from haproxy import Haproxy

_KILL_AT = 2  # in this one of the restarts the agent is killed ...
_KILL_AFTER = 1.0  # ... when it has been draining for so long
_DOWN = 1.0


class HaproxyDrained(Drained):
    balancer_name = "haproxy"
    steps = ("POST .../servers/NAME/restart to drain-agent; meanwhile haproxy is reloaded\n"
             "every 3 s, and the agent killed with SIGKILL once and started again.")
    agent_kills = 0

    def make_balancer(self, directory):
        return Haproxy(self.stage.processes, directory, self.stage.ports[0], self.replicas)

    async def prepare(self):
        stage = self.stage
        self._agent = Agent(stage.processes, stage.options.build, stage.ports[1], self.balancer,
                            self.replicas)
        self.balancer.use_agent(stage.ports[1], lua=not stage.options.without_lua)
        await self._agent.start()

    async def finish(self):
        await self._agent.stop()

    def api(self):
        return self._agent.socket, ""

    def name(self, address):
        return self.balancer.name(address)

    async def status(self):
        return await self._agent.status()

    async def reload(self):
        while True:
            await asyncio.sleep(RELOAD_EVERY)
            self.balancer.reload()

    async def disturb(self):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(super().disturb())
            tasks.create_task(self._kill())

    async def _kill(self):
        victim = self.replicas.addresses[_KILL_AT - 1]
        while self.phases.get(victim) != "draining":
            await asyncio.sleep(0.05)
        await asyncio.sleep(_KILL_AFTER)
        await self._agent.kill()
        self.agent_kills += 1
        self.stage.screen.say("drain-agent      killed (SIGKILL)")
        await asyncio.sleep(_DOWN)
        await self._agent.start()
        self.stage.screen.say("drain-agent      started again")
