"""uvicorn, without its own ideas about signals."""

import contextlib

import uvicorn


class Server(uvicorn.Server):
    """Only the era says what a signal does; Debian's uvicorn alone would be the folklore era."""

    def __init__(self, app, options, name, on_listening):
        config = uvicorn.Config(
            app,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            timeout_keep_alive=options.keep_alive,
            headers=[("x-replica", name)],
        )
        config.load()
        super().__init__(config)
        self._on_listening = on_listening

    def install_signal_handlers(self):
        """uvicorn before 0.29 calls this."""

    @contextlib.contextmanager
    def capture_signals(self):
        """uvicorn since 0.29 enters this."""
        yield

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        self._on_listening()
