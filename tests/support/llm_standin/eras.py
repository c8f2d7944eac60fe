"""What SIGTERM does: one class for each way vLLM has had of handling it.

`folklore` is what people expect, and what they got while uvicorn replaced vLLM's handler with its
own (before 0.29). Since then both run, in that order, and later vLLM versions differ in how
they stop the engine meanwhile.
"""

import asyncio

from . import signals

_WATCHDOG_PERIOD = 5.0
_CLOSE_PATIENCE = 5.0  # vLLM's process manager: SIGTERM, five seconds, SIGKILL


class Era:
    version = ""
    reuse_port = False
    engine_drains = False  # EngineCore takes SIGTERM as a request, not as its end

    def __init__(self, options, server, process, client, listener):
        self.options = options
        self.server = server
        self.process = process
        self.client = client
        self._listener = listener
        self.server_task = None

    def on_signal(self, sig):
        raise NotImplementedError

    async def run(self):
        """Serves until the end. The engine goes first, then uvicorn waits for open responses."""
        loop = asyncio.get_running_loop()
        self.client.attach(loop)
        self.server_task = loop.create_task(self.server.serve(sockets=[self._listener]))
        for sig in signals.SHUTDOWN:
            loop.add_signal_handler(sig, self.on_signal, sig)
        watchdog = loop.create_task(self._watchdog())
        await asyncio.wait([self.server_task])
        watchdog.cancel()
        if self.server.force_exit:
            self.process.kill()
        # vLLM blocks its event loop here, too: connects succeed and get no answer meanwhile.
        self.process.stop(_CLOSE_PATIENCE)
        if self.server_task.cancelled():
            # Without any limit: vLLM never sets uvicorn's timeout_graceful_shutdown.
            await self.server.shutdown(sockets=[self._listener])
        else:
            self.server_task.result()
        signals.hold()  # a late one must not change how the process ends
        self.client.detach(loop)

    async def _watchdog(self):
        while not self.client.dead:
            await asyncio.sleep(_WATCHDOG_PERIOD)
        self.server.should_exit = True


class Folklore(Era):
    """Any vLLM on uvicorn < 0.29: uvicorn's handler wins, everything finishes, then the engine.

    Requests that come just then may be reset: those that were not read when the listener closes,
    and those on kept-alive connections, which uvicorn closes behind an answer unannounced.
    """

    version = "0.3.3"
    reuse_port = True

    def on_signal(self, sig):
        self.server.handle_exit(sig, None)


class V017(Era):
    """<= 0.17: the server task is cancelled and the engine killed; open responses hang forever."""

    version = "0.17.1"
    reuse_port = True

    def on_signal(self, sig):
        self.server.handle_exit(sig, None)
        self.server_task.cancel()


class V018(Era):
    """0.18 to 0.21: --shutdown-timeout; 0 aborts everything properly, more drains."""

    version = "0.18.0"
    reuse_port = True
    engine_drains = True

    _shutdown = None

    def on_signal(self, sig):
        self.server.handle_exit(sig, None)  # closes the listener within 0.1 s
        self.shut_down()

    def shut_down(self):
        if self._shutdown is None:
            self._shutdown = asyncio.get_running_loop().create_task(self._stop_engine())

    def patience(self):
        return max(self.options.shutdown_timeout, 5.0)

    async def _stop_engine(self):
        self.client.draining = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.process.stop, self.patience())
        self.server.should_exit = True
        self.server_task.cancel()


class V022(V018):
    """0.22 to mid-2026: without the floor of 5 s, so that 0 kills the engine before its abort."""

    version = "0.22.0"
    reuse_port = False

    def patience(self):
        return self.options.shutdown_timeout


class V028(V022):
    """Since August 2026: uvicorn gets no signal. The listener stays open for the whole drain,
    /health stays 200, new requests get 500; and no second SIGINT can cut it short."""

    version = "0.28.0"

    def on_signal(self, sig):
        self.shut_down()


ERAS = {"folklore": Folklore, "v0.17": V017, "v0.18": V018, "v0.22": V022, "v0.28": V028}
