"""The clients: always so many requests open, every answer judged where it arrives."""

import asyncio
import collections
import json
import random

import wire
from judge import Failure, StreamJudge, judge_unary

_SHORTEST, _LONGEST = 3.0, 8.0  # a generation, in seconds
_UNARY, _SLOW_BODY = 0.15, 0.15  # shares of the requests; the others stream


class Tally:
    def __init__(self):
        self.answered = 0  # in full
        self.failed = collections.Counter()
        self.open = 0
        self.streams = collections.Counter()  # open ones, by the replica that answers
        self.longest_pause = 0.0

    @property
    def failures(self):
        return self.failed.total()

    @property
    def requests(self):
        return self.answered + self.failures


class Load:
    def __init__(self, port, clients, tokens_per_second, silence, on_failure):
        self.tally = Tally()
        self._port = port
        self._rate = tokens_per_second
        self._silence = silence
        self._on_failure = on_failure
        self._stopping = False
        self._clients = [asyncio.create_task(self._client(number)) for number in range(clients)]

    async def stop(self):
        """No new requests; returns when the last open one has been judged."""
        self._stopping = True
        await asyncio.gather(*self._clients)

    def abandon(self):
        for client in self._clients:
            client.cancel()

    async def _client(self, number):
        chance = random.Random(number)  # the same requests in both acts
        await asyncio.sleep(chance.uniform(0, 2))
        while not self._stopping:
            await self._request(chance)

    async def _request(self, chance):
        tokens = int(chance.uniform(_SHORTEST, _LONGEST) * self._rate)
        kind = chance.random()
        stream = kind >= _UNARY
        slow = _UNARY <= kind < _UNARY + _SLOW_BODY
        call = _Call(self.tally, stream, tokens)
        self.tally.open += 1
        try:
            # A unary answer has no byte until its end.
            silence = self._silence + (0 if stream else tokens / self._rate)
            await call.run(self._port, silence, pause=0.3 if slow else 0)
            self.tally.answered += 1
        except Failure as failure:
            self.tally.failed[failure.kind] += 1
            self._on_failure(f"{failure.kind}: {failure}", call.replica)
        finally:
            self.tally.open -= 1


class _Call:
    def __init__(self, tally, stream, tokens):
        self.replica = None
        self._tally = tally
        self._stream = stream
        self._tokens = tokens
        self._judge = StreamJudge(tokens)
        self._unary = []

    async def run(self, port, silence, pause):
        body = json.dumps({"prompt": "Tell me a story. " * 20, "max_tokens": self._tokens,
                           "stream": self._stream}).encode()
        try:
            async with wire.Exchange(port, silence) as exchange:
                try:
                    await self._exchange(exchange, body, pause)
                finally:
                    if self._stream:
                        self._tally.longest_pause = max(self._tally.longest_pause,
                                                        exchange.longest_pause)
        except (ValueError, LookupError) as reason:
            raise Failure("malformed", repr(reason)) from None
        except wire.Refused as reason:
            raise Failure("no connection", str(reason)) from None
        except wire.Cut:
            raise Failure("cut short", self._progress()) from None
        except wire.Silent:
            raise Failure("hung", f"no byte for {silence:.0f} s, {self._progress()}") from None

    async def _exchange(self, exchange, body, pause):
        await exchange.send("POST", "/v1/completions", body,
                            ["Content-Type: application/json"], pause)
        try:
            await exchange.read(lambda: self._head(exchange),
                                self._judge.piece if self._stream else self._unary.append)
        finally:
            if self.replica and self._stream:
                self._tally.streams[self.replica] -= 1
        if self._stream:
            self._judge.end()
        else:
            judge_unary(b"".join(self._unary), self._tokens)

    def _head(self, exchange):
        if exchange.status != 200:
            raise Failure(f"HTTP {exchange.status}",
                          exchange.headers.get("x-replica", "the balancer"))
        self.replica = exchange.headers.get("x-replica")
        if self._stream:
            self._tally.streams[self.replica] += 1

    def _progress(self):
        if not self._stream:
            return "unary"
        return f"after {self._judge.tokens} of {self._tokens} tokens"
