"""A restart by the drain API: one POST, a line of progress at a time, asked again if need be."""

import asyncio
import json

import wire

_TRIES = 50
_PAUSE = 0.1
# The agent has just started and has not looked at its balancers yet.
_NOT_YET = ("balancer_unreachable", "interrupted")


async def restart(api, path, on_line, on_again):
    """Returns when the server serves again. `api` is a port or the path of a unix socket."""
    for _ in range(_TRIES):
        last = await _ask(api, path + "/restart", on_line)
        if last.get("event") == "done":
            return
        problem = last.get("problem", last)
        if problem and problem.get("code") not in _NOT_YET:
            raise RuntimeError(f"the restart failed: {problem}")
        on_again()
        await asyncio.sleep(_PAUSE)
    raise RuntimeError(f"no answer of the drain API for {path}")


async def _ask(api, path, on_line):
    """The last thing that was said; {} if the connection ended before that."""
    body = json.dumps({"by": "demo", "reason": "to show it"}).encode()
    lines = _Lines(on_line)
    try:
        async with wire.Exchange(api, silence=60) as exchange:
            await exchange.send("POST", path, body, ["Accept: application/x-ndjson"])
            await exchange.read(lambda: None, lines.feed)
    except (wire.Cut, wire.Refused):
        return {}
    return lines.last


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
