"""What all acts have in common: replicas, a balancer, load, and restarts one after the other."""

import asyncio
import os
import time

from load import Load
from processes import until
from replicas import Replicas

# Before a restart there is something it could cut: on the replica, a stream for each so many
# clients. Before the first the load is mixed: so many answers have come in.
_CLIENTS_A_STREAM, _WARM = 8, 16


class Act:
    balancer_name = ""
    title = ""
    steps = ""
    serving = "serving"
    upgrades = None  # None: not a thing that this act does
    agent_kills = None

    def __init__(self, stage, number):
        """`stage` is what __main__ sets up: options, processes, directory, ports, screen."""
        self.stage = stage
        self.number = number
        self.load = None
        self.restart_times = []
        self.phases = {}  # what happens to a replica now, by address
        self.waiting_for = ""
        base = os.path.join(stage.directory, f"act{number}")
        os.mkdir(base)
        self.replicas = Replicas(stage.processes, os.path.join(base, "replicas"),
                                 stage.ports[2:5], stage.standin_options)
        self.balancer = self.make_balancer(os.path.join(base, self.balancer_name))

    def make_balancer(self, directory):
        raise NotImplementedError

    async def prepare(self):
        """Before the balancer starts."""

    async def finish(self):
        """Before it ends."""

    async def restart(self, address):
        raise NotImplementedError

    async def disturb(self):
        """What else goes on during the restarts."""

    async def play(self):
        options, say = self.stage.options, self.stage.screen.say
        say(f"Act {self.number} of {self.stage.acts}, {self.balancer_name}, {self.title}",
            detail=self.steps)
        await asyncio.gather(*map(self._bring_up, self.replicas.addresses))
        await self.prepare()
        self.balancer.configure()
        await self.balancer.start()
        self.load = Load(self.balancer.port, options.clients, options.tokens_per_second,
                         options.give_up, self._failed)
        self.stage.screen.show(self)
        background = asyncio.create_task(self.disturb())
        busy = max(1, options.clients // _CLIENTS_A_STREAM)
        try:
            await until(lambda: self.load.tally.requests >= _WARM, "answers", timeout=60)
            for number, address in enumerate(self.replicas.addresses, 1):
                await until(lambda: self.load.tally.streams[address] >= busy,
                            f"{busy} streams on {address}", timeout=60)
                say(f"{address}  restart {number} of {len(self.replicas.addresses)}")
                began = time.monotonic()
                await _unless(background, self.restart(address))
                self.restart_times.append(time.monotonic() - began)
                self.phases[address] = self.serving
                say(f"{address}  restarted in {self.restart_times[-1]:.1f} s")
            background.cancel()
            say("no new requests; the open ones are waited for")
            await self.load.stop()
        finally:
            background.cancel()
            self.load.abandon()
            self.stage.screen.show(None)
        await self.finish()
        await self.balancer.stop()
        await self.replicas.stop_all()
        tally = self.load.tally
        say(f"Act {self.number}: {tally.requests} requests, {tally.failures} failed.")

    def phase(self, address, text, detail=""):
        if self.phases.get(address) != text:
            self.stage.screen.say(f"{address}  {text}{detail}")
        self.phases[address] = text

    @property
    def disturbances(self):
        """What was done to the balancer and the agent so far."""
        counts = ((self.balancer.reloads, "reload"), (self.upgrades, "upgrade"),
                  (self.agent_kills, "agent kill"))
        return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count)

    def in_flight(self, address):
        """As the clients see it: the streams that this replica has begun to answer."""
        return self.load.tally.streams[address]

    async def _bring_up(self, address):
        await self.replicas.start(address)
        await self.replicas.wait_healthy(address)
        self.phases[address] = self.serving

    def _failed(self, text, replica):
        self.stage.screen.say(f"{replica or 'a replica':15}  FAILED {text}", bad=True)


async def _unless(background, action):
    """Runs `action`, but does not outlive a background task that fails."""
    action = asyncio.ensure_future(action)
    await asyncio.wait([action, background], return_when=asyncio.FIRST_COMPLETED)
    if not action.done() and background.done() and background.exception() is not None:
        action.cancel()
        background.result()
    await action
