"""What the demo shows: events as lines, and below them, on a terminal, how things stand now."""

import asyncio
import os
import shutil
import sys
import textwrap
import time

_REFRESH = 0.2
_SUMMARY_EVERY = 5.0  # when the output is no terminal


class Screen:
    def __init__(self, out=sys.stdout):
        self._out = out
        self._live = out.isatty() and os.environ.get("TERM") != "dumb"
        self._color = self._live and "NO_COLOR" not in os.environ
        self._began = time.monotonic()
        self._act = None
        self._drawn = 0
        self._task = None

    def say(self, text, bad=False, detail=""):
        self._erase()
        seconds = int(time.monotonic() - self._began)
        print(f"{seconds // 60}:{seconds % 60:02}  {self._red(text) if bad else text}",
              file=self._out)
        if detail:
            print(textwrap.indent(detail, " " * 6), file=self._out)
        self._out.flush()
        self._draw()

    def print(self, text=""):
        self._erase()
        print(text, file=self._out, flush=True)

    def show(self, act):
        """Shows this act's state from now on; None: nothing."""
        self._erase()
        self._act = act
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if act is not None:
            self._task = asyncio.get_running_loop().create_task(self._keep_showing())

    async def _keep_showing(self):
        while True:
            if self._live:
                self._erase()
                self._draw()
                await asyncio.sleep(_REFRESH)
            else:
                await asyncio.sleep(_SUMMARY_EVERY)
                self.say(self._summary())

    def _erase(self):
        if self._drawn:
            self._out.write(f"\033[{self._drawn}A\033[J")
            self._drawn = 0

    def _draw(self):
        if not self._live or self._act is None:
            return
        width = shutil.get_terminal_size().columns - 1
        lines = ["", self._summary(), *map(self._server, self._act.replicas.addresses)]
        if self._act.waiting_for:
            lines += textwrap.wrap(f"waiting for {self._act.waiting_for}", width,
                                   initial_indent="  ", subsequent_indent="    ", max_lines=3)
        lines = [line[:width] for line in lines]
        if self._act.load.tally.failures:
            lines[1] = self._red(lines[1])
        self._out.write("\n".join(lines) + "\n")
        self._out.flush()
        self._drawn = len(lines)

    def _summary(self):
        act = self._act
        tally = act.load.tally
        text = (f"Act {act.number}, {act.balancer_name}: {tally.open} open, "
                f"{tally.answered} answered, {tally.failures} failed")
        return f"{text}, {act.disturbances}" if act.disturbances else text

    def _server(self, address):
        count = self._act.in_flight(address)
        return (f"  {address}  {'#' * min(count, 14):14} {count:3} in flight  "
                f"{self._act.phases.get(address, '')}")

    def _red(self, text):
        return f"\033[31m{text}\033[0m" if self._color else text
