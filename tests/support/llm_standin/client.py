"""The server's view of the engine: requests go in, outputs come back to whoever asked."""

import asyncio
import itertools

import zmq


class EngineDead(Exception):
    def __init__(self):
        super().__init__("EngineCore encountered an issue. "
                         "See stack trace (above) for the root cause.")


class Generation:
    """One request; outputs come in order as (token number or None, finish reason or None)."""

    def __init__(self, id):
        self.id = id
        self._outputs = asyncio.Queue()
        self.put = self._outputs.put_nowait

    async def next(self):
        """None when the client has disconnected."""
        output = await self._outputs.get()
        if isinstance(output, Exception):
            raise output
        return output


class EngineClient:
    def __init__(self, process, metrics):
        self._process = process
        self._metrics = metrics
        self._ids = itertools.count(1)
        self._generations = {}
        self.dead = False
        self.draining = False  # vLLM's tokenizer pool is closed: new requests fail

    def attach(self, loop):
        # The zmq descriptor only says "look again", so each look must empty the socket.
        loop.add_reader(self._process.output.getsockopt(zmq.FD), self._receive)
        loop.add_reader(self._process.pidfd, self._ended, loop)
        self._receive()

    def detach(self, loop):
        loop.remove_reader(self._process.output.getsockopt(zmq.FD))
        loop.remove_reader(self._process.pidfd)

    def submit(self, prompt_tokens, max_tokens, prefill):
        generation = Generation(next(self._ids))
        self._generations[generation.id] = generation
        self._send({"add": {"id": generation.id, "prompt_tokens": prompt_tokens,
                            "max_tokens": max_tokens, "prefill": prefill}})
        return generation

    def finish(self, generation):
        """Forgets the request, and has the engine abort it if it is still at work on it."""
        if self._generations.pop(generation.id, None) is not None:
            self._send({"abort": generation.id})

    def _send(self, message):
        try:
            self._process.input.send_json(message, zmq.NOBLOCK)
        except zmq.Again:  # nobody is there any more: the request hangs, as vLLM's does
            pass

    def _receive(self):
        while True:
            try:
                message = self._process.output.recv_json(zmq.NOBLOCK)
            except zmq.Again:
                return
            if "dead" in message:
                self._die()
                continue
            if "stats" in message:
                self._metrics.step(message["stats"])
            for id, token, finish_reason in message["outputs"]:
                self._deliver(id, token, finish_reason)

    def _deliver(self, id, token, finish_reason):
        generation = self._generations.get(id)
        if generation is None:  # aborted meanwhile
            return
        self._metrics.output(token, finish_reason)
        if finish_reason is not None:
            del self._generations[id]
        generation.put((token, finish_reason))

    def _ended(self, loop):
        """The engine process is gone. Whoever stopped it on purpose tells the requests nothing."""
        loop.remove_reader(self._process.pidfd)
        self._receive()
        self._process.gone()
        if not self._process.stopping:
            self._die()

    def _die(self):
        self.dead = True
        for generation in self._generations.values():
            generation.put(EngineDead())
        self._generations.clear()
