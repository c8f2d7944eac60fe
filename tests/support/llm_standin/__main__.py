"""llm-standin: a stand-in for a vLLM server, for tests of what a restart does to its clients.

The API server (asyncio, uvloop, uvicorn) has one child, EngineCore, joined by two ZMQ sockets,
which has tensor-parallel workers if asked for. Tokens are numbered (" t1 t2 t3 ..."), so that a
client sees a gap or a short answer. `--era` chooses which vLLM it is on SIGTERM (see eras.py).
"""

import contextlib
import socket
import sys

from . import options as command_line
from . import signals
from .eras import ERAS
from .supervisor import EngineFailed, EngineProcess


def main(argv=None):
    options = command_line.parse(argv)
    signals.hold()
    # vLLM before it serves: a SIGTERM is a Ctrl-C.
    signals.set_handler(signals.raise_interrupt)
    try:
        return _run(options)
    except KeyboardInterrupt:
        signals.die_interrupted()
    except (EngineFailed, OSError) as reason:
        print(f"llm-standin: {reason}", file=sys.stderr)
    return 1


def _run(options):
    era = ERAS[options.era]
    # The port is taken before the model loads, but connections are refused until listen().
    with _bind(options, era.reuse_port) as listener:
        process = EngineProcess(options, era.engine_drains, inherited=[listener])
        with contextlib.closing(process):
            process.join()
            # uvicorn takes a while to import: the engine starts and loads meanwhile.
            from .serving import serve

            process.wait_loaded()
            serve(options, era, process, listener)
    return 0


def _bind(options, reuse_port):
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:  # so that a second instance can share the port with a draining one
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError:
        listener.close()
        raise
    return listener


if __name__ == "__main__":
    sys.exit(main())
