"""The drain-agent of one act, in the directory of its HAProxy."""

import asyncio
import json
import os
import signal

import wire
from haproxy import BACKEND

_CONFIG = """\
hook_program: {hook}
state_dir: {directory}/agent
listen:
  api: "unix:{directory}/agent.sock"
  agent_check: "127.0.0.1:{port}"
balancers:
  edge:
    haproxy:
      stats_socket: "unix:{haproxy.stats_socket}"
      master_socket: "unix:{haproxy.master_socket}"
      server_state_file: {haproxy.state_file}
services:
  {backend}:
    drain: {{timeout: 60s}}
    stop:
      signal: {{pidfile: "{replicas.directory}/$server_port.pid", stop_timeout: 10s}}
      timeout: 30s
    start: {{exec: ["{replicas.start_program}", "$server_port"]}}
    ready: {{http: "http://$server/health", passes: 2, interval: 200ms, timeout: 30s}}
    servers:
{servers}
"""


class Agent:
    def __init__(self, processes, build, port, haproxy, replicas):
        self._processes = processes
        self._program = os.path.join(build, "haproxy-agent", "daemon", "drain-agent")
        self._config = os.path.join(haproxy.directory, "agent.yaml")
        self._log = os.path.join(haproxy.directory, "agent.log")
        self._child = None
        self.socket = os.path.join(haproxy.directory, "agent.sock")
        os.mkdir(os.path.join(haproxy.directory, "agent"))
        servers = "\n".join(f'      {haproxy.name(address)}: {{address: "{address}"}}'
                            for address in replicas.addresses)
        with open(self._config, "w", encoding="utf-8") as file:
            file.write(_CONFIG.format(
                hook=os.path.join(build, "common", "hook", "lbdrain-hook"), port=port,
                directory=haproxy.directory, haproxy=haproxy, replicas=replicas,
                backend=BACKEND, servers=servers))

    async def start(self):
        self._child = self._processes.start([self._program, "-c", self._config], self._log)
        async with asyncio.timeout(30):
            while await self.status() is None:
                if not self._child.running:
                    raise RuntimeError(f"drain-agent does not start, see {self._log}")
                await asyncio.sleep(0.05)

    async def kill(self):
        await self._child.end(signal.SIGKILL)

    async def stop(self):
        await self._child.end()

    async def status(self):
        _, body = await wire.get(self.socket, "/v1/status")
        return json.loads(body) if body else None
