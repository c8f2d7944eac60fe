"""Three stand-ins for vLLM, started and stopped as an operator would."""

import asyncio
import contextlib
import os
import shlex
import signal

import wire
from processes import Other

_STANDIN = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                        "..", "..", "tests", "support", "llm-standin")

# Also the start hook: it must return, and leave nothing behind that holds its output.
_START = """\
#!/bin/sh
# Starts the replica on port $1 in the background.
exec setsid --fork {standin} --port "$1" --name "127.0.0.1:$1" --pidfile {directory}/$1.pid \\
    {options} </dev/null >>{directory}/$1.log 2>&1
"""


class Replicas:
    def __init__(self, processes, directory, ports, options):
        self.directory = directory
        self.addresses = [f"127.0.0.1:{port}" for port in ports]
        self.start_program = os.path.join(directory, "start")
        self.kills = 0
        self._processes = processes
        os.mkdir(directory)
        with open(self.start_program, "w", encoding="utf-8") as file:
            file.write(_START.format(standin=shlex.quote(os.path.realpath(_STANDIN)),
                                     directory=directory, options=shlex.join(options)))
        os.chmod(self.start_program, 0o755)

    async def start(self, address):
        log = os.path.join(self.directory, "start.log")
        status = await self._processes.run([self.start_program, _port(address)], log)
        if status != 0:
            raise RuntimeError(f"the replica {address} does not start, see {log}")

    async def wait_healthy(self, address):
        async with asyncio.timeout(60):
            while (await wire.get(int(_port(address)), "/health"))[0] != 200:
                await asyncio.sleep(0.1)

    async def stop(self, address, patience, on_kill=lambda: None):
        """SIGTERM, and SIGKILL when it has not exited within `patience` seconds."""
        pid = self._pid(address)
        if pid is None:
            return
        with contextlib.closing(Other(pid)) as process:
            process.send(signal.SIGTERM)
            if not await process.gone(patience):
                on_kill()
                self.kills += 1
                process.send(signal.SIGKILL)
                await process.gone(10)

    async def stop_all(self):
        for address in self.addresses:
            await self.stop(address, patience=2)

    def _pid(self, address):
        try:
            path = os.path.join(self.directory, f"{_port(address)}.pid")
            with open(path, encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return None


def _port(address):
    return address.rpartition(":")[2]
