"""From a loaded engine to the end: puts the server together and runs it."""

import asyncio
import contextlib
import os

import uvloop

from . import signals
from .api import Api
from .client import EngineClient
from .metrics import Metrics
from .server import Server


def serve(options, era, process, listener):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options, era, process, listener))


async def _serve(options, era, process, listener):
    port = listener.getsockname()[1]
    figures = Metrics(options.model)
    client = EngineClient(process, figures)

    def on_listening():
        if options.pidfile:
            _write_pidfile(options.pidfile)
        print(f"listening {port}", flush=True)
        signals.release()  # to the era's handler

    server = Server(Api(options, era.version, client, figures), options,
                    options.name or str(port), on_listening)
    try:
        await era(options, server, process, client, listener).run()
    finally:
        if options.pidfile:
            _remove_pidfile(options.pidfile)


def _write_pidfile(path):
    """In one step: whoever waits for the file never reads half of it."""
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    os.replace(unfinished, path)


def _remove_pidfile(path):
    with contextlib.suppress(FileNotFoundError):
        with open(path, encoding="ascii") as file:
            ours = file.read().strip() == str(os.getpid())
        if ours:  # not a successor's
            os.unlink(path)
