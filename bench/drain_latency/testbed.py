"""What bench/drain_latency/run measures on: a real HAProxy in master-worker mode, with the Lua
command, and the real drain-agent.

All backends share one listening socket: server i has the address 127.1.<i / 250>.<i % 250 + 1>.
"""

import os
import pathlib
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def address(server):
    return f"127.1.{server // 250}.{server % 250 + 1}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def haproxy_config(directory, options, ports):
    check = (f"agent-check agent-addr 127.0.0.1 agent-port {ports['check']} "
             f"agent-inter {options.agent_inter}" if options.agent_inter else "")
    servers = "".join(
        f"    use-server s{i} if {{ req.hdr(x-server) s{i} }}\n" for i in options.held) + "".join(
        f'    server s{i} {address(i)}:{ports["backend"]} {check}'
        + (f' agent-send "be/s{i}\\n"\n' if check else "\n") for i in range(options.servers))
    return f"""global
    stats socket {directory}/admin.sock mode 600 level admin expose-fd listeners
    stats timeout 1h
    server-state-file {directory}/server-state
    lua-load {REPOSITORY}/haproxy-agent/lua/lbdrain.lua
defaults
    mode http
    load-server-state-from-file global
    option redispatch
    option abortonclose
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend fe
    bind 127.0.0.1:{ports['front']}
    default_backend be
backend be
    balance roundrobin
    http-reuse never
    default-server weight 100
{servers}"""


def agent_config(directory, options, ports):
    servers = "".join(f'      s{i}: {{address: "{address(i)}:{ports["backend"]}"}}\n'
                      for i in range(options.servers))
    return f"""listen:
  api: "unix:{directory}/agent.sock"
  agent_check: "127.0.0.1:{ports['check']}"
state_dir: {directory}/state
balancers:
  edge:
    haproxy:
      stats_socket: "unix:{directory}/admin.sock"
      master_socket: "unix:{directory}/master.sock"
      server_state_file: {directory}/server-state
services:
  be:
    drain: {{settle: 0s, timeout: 5m}}
    servers:
{servers}"""


class Processes:
    """HAProxy and the agent, and what they have used of the CPU."""

    def __init__(self, build, directory, options):
        self.directory = directory
        self.ports = {name: free_port() for name in ("front", "backend", "check")}
        (directory / "server-state").write_text("1\n")
        (directory / "haproxy.cfg").write_text(haproxy_config(directory, options, self.ports))
        (directory / "agent.yaml").write_text(agent_config(directory, options, self.ports))
        self.log = open(directory / "log", "w")
        self.started = []
        try:
            self.start(build, directory, options)
        except BaseException:
            self.end()
            raise

    def start(self, build, directory, options):
        self.haproxy = subprocess.Popen(
            [options.haproxy, "-W", "-S", directory / "master.sock",
             "-f", directory / "haproxy.cfg"],
            stdout=self.log, stderr=self.log)
        self.started.append(self.haproxy)
        while not (directory / "admin.sock").exists() or not self.workers():
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(directory / "notify"))
            notices.settimeout(60)
            begin = time.monotonic()
            self.agent = subprocess.Popen(
                [build / "haproxy-agent/daemon/drain-agent", "-c", directory / "agent.yaml"],
                env=os.environ | {"NOTIFY_SOCKET": str(directory / "notify")},
                stdout=self.log, stderr=self.log)
            self.started.append(self.agent)
            while b"READY=1" not in notices.recv(4096):
                pass
            self.start_seconds = time.monotonic() - begin

    def workers(self):
        tasks = pathlib.Path(f"/proc/{self.haproxy.pid}/task/{self.haproxy.pid}/children")
        return [int(pid) for pid in tasks.read_text().split()]

    def cpu(self):
        """Seconds so far: of the agent, of HAProxy (its master and workers)."""

        def used(pid):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / TICKS

        return used(self.agent.pid), sum(used(pid) for pid in [self.haproxy.pid, *self.workers()])

    def end(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait()
        self.log.close()
