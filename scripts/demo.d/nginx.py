"""The NGINX of one act: a directory and ports of its own, never the system's."""

import contextlib
import json
import os
import shutil
import signal

import wire
from processes import Other, until

_CONFIG = """\
daemon on;
{user}
worker_processes 2;
pid {directory}/nginx.pid;
error_log {directory}/error.log notice;
{load_module}
events {{ worker_connections 1024; }}
http {{
    access_log {directory}/access.log;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{http}
    upstream vllm {{
{servers}
        keepalive 16;
        keepalive_timeout 4s;  # vLLM closes after five
{upstream}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://vllm;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
        }}
    }}
{api}
}}
"""

_HTTP = """\
    drain_state {directory}/state;
    drain_hook_program {hook};
"""

_UPSTREAM = """\
        drain_timeout 60s;
        drain_stop_hook signal pidfile={replicas}/$server_port.pid stop_timeout=10s timeout=30s;
        drain_start_hook exec {start} $server_port;
        drain_ready_check http://$server/health passes=2 interval=200ms timeout=30s;
"""

_API = """\
    server {{
        listen 127.0.0.1:{port};
        location /drain/ {{ drain_api write=on; }}
    }}
"""


def program():
    path = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    if path is None:
        raise FileNotFoundError("nginx is not installed: scripts/dependencies --install demo")
    return path


class Nginx:
    def __init__(self, processes, directory, port, replicas):
        self.port = port
        self.api_port = None  # where the drain API is, with the module
        self.reloads = 0
        self._processes = processes
        self._directory = directory
        self._replicas = replicas
        self._module = None
        os.mkdir(directory)

    def use_module(self, build, api_port):
        self._module = os.path.join(build, "nginx-module", "ngx_http_drain_module.so")
        self._hook = os.path.join(build, "common", "hook", "lbdrain-hook")
        self.api_port = api_port

    def configure(self, down=()):
        """Writes the configuration; the addresses in `down` are marked so."""
        module = self._module is not None
        servers = "\n".join(f"        server {address}{' down' * (address in down)};"
                            for address in self._replicas.addresses)
        text = _CONFIG.format(
            directory=self._directory, port=self.port, servers=servers,
            user="user root;" if os.geteuid() == 0 else "",
            load_module=f"load_module {self._module};" if module else "",
            http=_HTTP.format(directory=self._directory, hook=self._hook) if module else "",
            upstream=_UPSTREAM.format(replicas=self._replicas.directory,
                                      start=self._replicas.start_program) if module else "",
            api=_API.format(port=self.api_port) if module else "")
        with open(os.path.join(self._directory, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(text)

    async def start(self):
        log = os.path.join(self._directory, "error.log")
        status = await self._processes.run(
            [program(), "-p", self._directory, "-c", "nginx.conf", "-e", log], log)
        if status != 0:
            raise RuntimeError(f"nginx does not start:\n{_tail(log)}")
        await until(lambda: self._master(), "nginx is up")

    def reload(self):
        os.kill(self._master(), signal.SIGHUP)
        self.reloads += 1

    async def upgrade(self):
        """A new master with new workers beside the old ones, which then finish what they have."""
        old = self._master()
        os.kill(old, signal.SIGUSR2)
        await until(lambda: self._master() not in (None, old) and _workers(self._master()),
                    "the new master has workers")
        os.kill(old, signal.SIGQUIT)

    async def stop(self):
        master = self._master()
        if master is not None:
            with contextlib.closing(Other(master)) as process:
                process.send(signal.SIGTERM)
                await process.gone(10)

    async def status(self):
        _, body = await wire.get(self.api_port, "/drain/v1/status")
        return json.loads(body) if body else None

    def _master(self):
        try:
            with open(os.path.join(self._directory, "nginx.pid"), encoding="ascii") as file:
                return int(file.read() or 0) or None
        except FileNotFoundError:
            return None


def _workers(master):
    workers = []
    with contextlib.suppress(OSError):
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
            for pid in file.read().split():
                with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                    if "worker process" in line.read():
                        workers.append(int(pid))
    return workers


def _tail(path):
    with contextlib.suppress(OSError):
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:])
    return ""
