"""The server's side of EngineCore as a process: start it, wait for it, stop it."""

import contextlib
import os
import signal
import threading

import zmq

from . import signals
from .engine import Engine
from .processes import fork, reap, wait_readable

_JOIN_MS = 10000


class EngineFailed(Exception):
    pass


class EngineProcess:
    """Forks on construction; `inherited` are file objects that the engine must not keep open."""

    def __init__(self, options, drains, inherited=()):
        # Abstract addresses: nothing is left in a file system, however this process ends.
        name = f"llm-standin-{os.getpid()}-{os.urandom(8).hex()}"
        addresses = [f"ipc://@{name}-{end}" for end in ("input", "output")]

        def run():
            for file in inherited:
                file.close()
            return Engine(options, drains, *addresses).run()

        self.pid = fork("VLLM::EngineCore", run, die_with_parent=not options.orphan_engine)
        self.pidfd = os.pidfd_open(self.pid)
        self.stopping = False  # its end is meant from now on: nobody is told of it
        self._stop_lock = threading.Lock()
        self._context = zmq.Context()
        self.input = self._bind(zmq.PUSH, addresses[0])
        self.output = self._bind(zmq.PULL, addresses[1])

    def _bind(self, kind, address):
        socket = self._context.socket(kind)
        socket.set_hwm(0)
        socket.linger = 0
        socket.sndtimeo = _JOIN_MS
        socket.bind(address)
        return socket

    def join(self):
        """Returns once both sockets are connected, so that no request is sent to nobody."""
        self._expect("hello")
        self.input.send_json({"hello": True})

    def wait_loaded(self):
        self._expect("ready")

    def _expect(self, name):
        poller = zmq.Poller()
        poller.register(self.output, zmq.POLLIN)
        poller.register(self.pidfd, zmq.POLLIN)
        with signals.interruptible():
            events = dict(poller.poll())
        if self.output not in events or name not in self.output.recv_json():
            raise EngineFailed("Engine core initialization failed.")

    def gone(self, timeout=0):
        if not wait_readable([self.pidfd], timeout):
            return False
        reap(self.pid)
        return True

    def stop(self, patience):
        """SIGTERM, then SIGKILL for it and its workers when patience (in seconds) is used up.

        Without patience the SIGTERM is left out: vLLM sends it, but the SIGKILL is so close behind
        that the engine never comes to act on it.
        """
        self.stopping = True
        with self._stop_lock:
            if patience > 0 and not self.gone():
                self._signal(signal.SIGTERM)
                self.gone(patience)
            self.kill()

    def kill(self):
        self.stopping = True
        if not self.gone():
            self._signal(signal.SIGKILL)
            self.gone(timeout=10)

    def _signal(self, sig):
        with contextlib.suppress(ProcessLookupError):  # another thread has just reaped it
            signal.pidfd_send_signal(self.pidfd, sig)

    def close(self):
        self.kill()
        self._context.destroy(linger=0)
