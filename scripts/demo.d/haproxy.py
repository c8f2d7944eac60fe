"""The HAProxy of one act: a directory and ports of its own, never the system's."""

import asyncio
import csv
import os
import shutil
import signal

BACKEND = "vllm"
_LUA_FILE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "haproxy-agent",
                                          "lua", "lbdrain.lua"))

_CONFIG = """\
global
    maxconn 1000
    log stdout format raw daemon
    stats socket {directory}/admin.sock mode 600 level admin expose-fd listeners
    stats timeout 60s
{globals}
defaults
    mode http
    log global
    option httplog
    option redispatch
    option abortonclose
    timeout connect 5s
    timeout client 600s
    timeout server 600s
    timeout queue 600s
    timeout check 2s
{defaults}
frontend llm
    bind 127.0.0.1:{port}
    default_backend {backend}

backend {backend}
    balance leastconn
    option httpchk GET /health
    http-reuse never  # vLLM closes idle connections after five seconds
    default-server weight 100 check inter 1s{agent}
{servers}
"""

_GLOBALS = "    server-state-file {directory}/server-state\n"
_LUA = "    lua-load {file}\n"
_DEFAULTS = "    load-server-state-from-file global\n"
_AGENT = " agent-check agent-addr 127.0.0.1 agent-port {port} agent-inter 1s"


def program():
    path = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    if path is None:
        raise FileNotFoundError("haproxy is not installed: scripts/dependencies --install demo")
    return path


class Haproxy:
    def __init__(self, processes, directory, port, replicas):
        self.port = port
        self.directory = directory
        self.reloads = 0
        self.stats_socket = os.path.join(directory, "admin.sock")
        self.master_socket = os.path.join(directory, "master.sock")
        self.state_file = os.path.join(directory, "server-state")
        self._processes = processes
        self._names = {address: f"replica-{number}"
                       for number, address in enumerate(replicas.addresses, 1)}
        self._agent_port = None
        self._lua = False
        self._master = None
        os.mkdir(directory)

    def name(self, address):
        return self._names[address]

    def use_agent(self, port, lua):
        self._agent_port = port
        self._lua = lua

    def configure(self):
        agent = self._agent_port is not None
        servers = []
        for address, name in self._names.items():
            send = f' agent-send "{BACKEND}/{name}\\n"' if agent else ""
            servers.append(f"    server {name} {address}{send}")
        text = _CONFIG.format(
            directory=self.directory, port=self.port, backend=BACKEND, servers="\n".join(servers),
            globals=(_GLOBALS.format(directory=self.directory) if agent else "") +
            (_LUA.format(file=_LUA_FILE) if self._lua else ""),
            defaults=_DEFAULTS if agent else "",
            agent=_AGENT.format(port=self._agent_port) if agent else "")
        with open(self._path("haproxy.cfg"), "w", encoding="utf-8") as file:
            file.write(text)

    async def start(self):
        self._master = self._processes.start(
            [program(), "-W", "-S", f"{self.master_socket},level,admin", "-f",
             self._path("haproxy.cfg")], self._path("haproxy.log"))
        async with asyncio.timeout(30):
            while await self.scur(next(iter(self._names))) is None:
                if not self._master.running:
                    raise RuntimeError(f"haproxy does not start:\n{self._log_tail()}")
                await asyncio.sleep(0.05)

    def reload(self):
        self._master.send(signal.SIGUSR2)
        self.reloads += 1

    async def stop(self):
        await self._master.end()

    async def ask(self, command):
        """The stats socket's answer; None while there is none, in the middle of a reload."""
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_unix_connection(self.stats_socket)
                try:
                    writer.write(command.encode() + b"\n")
                    return (await reader.read()).decode()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None

    async def scur(self, address):
        """The server's open requests, if you believe the stats socket."""
        table = await self.ask(f"show stat {BACKEND} 4 -1")
        for row in csv.DictReader((table or "").removeprefix("# ").splitlines()):
            if row["svname"] == self._names[address]:
                return int(row["scur"])
        return None

    async def set_state(self, address, state):
        """As a script does that asks again when the socket refuses."""
        command = f"set server {BACKEND}/{self._names[address]} state {state}"
        async with asyncio.timeout(10):
            while (await self.ask(command) or "refused").strip():
                await asyncio.sleep(0.1)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _log_tail(self):
        with open(self._path("haproxy.log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:])
