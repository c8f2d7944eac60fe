"""EngineCore: the child process that makes the tokens.

Messages in:   {"add": {"id", "prompt_tokens", "max_tokens", "prefill"}}, {"abort": id}
Messages out:  {"outputs": [[id, token number or null, finish reason or null], ...],
                "stats": {...}}, {"ready": true}, {"dead": true}

One step makes one token for every running request. The figures of /metrics travel with a step and
with nothing else, so they go stale when the last request is aborted: no step follows. That is vLLM.
"""

import os
import signal
import time

import zmq

from . import signals
from .workers import Workers

_FLUSH_MS = 2000


class Request:
    __slots__ = ("id", "prompt_tokens", "max_tokens", "prefill", "starts", "made")

    def __init__(self, id, prompt_tokens, max_tokens, prefill):
        self.id = id
        self.prompt_tokens = prompt_tokens
        self.max_tokens = max_tokens
        self.prefill = prefill
        self.starts = None
        self.made = 0


class Engine:
    def __init__(self, options, drains, input_address, output_address):
        self._options = options
        self._drains = drains  # the era's signal handler asks for a shutdown instead of leaving
        self._period = 1 / options.tokens_per_second
        self._waiting = {}
        self._running = {}
        self._stopping = False
        self._workers = Workers(options.tensor_parallel)  # forked before anything has threads
        self._context = zmq.Context()
        self._input = self._connect(zmq.PULL, input_address)
        self._output = self._connect(zmq.PUSH, output_address)
        self._poller = zmq.Poller()

    def _connect(self, kind, address):
        socket = self._context.socket(kind)
        socket.set_hwm(0)
        socket.linger = _FLUSH_MS
        socket.reconnect_ivl = 10
        socket.reconnect_ivl_max = 1000
        socket.connect(address)
        return socket

    def run(self):
        self._output.send_json({"hello": True})
        self._input.recv()  # the server knows now that both sockets are connected
        time.sleep(self._options.load)  # a signal ends the process here
        wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signals.set_handler(self._on_signal)
        self._poller.register(self._input, zmq.POLLIN)
        for fd in (wake, *self._workers.pidfds):
            self._poller.register(fd, zmq.POLLIN)
        self._output.send_json({"ready": True})
        return self._loop(wake)

    def _on_signal(self, _signal, _frame):
        self._stopping = True

    def _loop(self, wake):
        next_step = None
        while True:
            busy = bool(self._waiting or self._running)
            if self._stopping and not (self._drains and busy):
                return self._leave()
            if not busy:
                next_step = None
            elif next_step is None:
                next_step = time.monotonic() + self._period
            events = dict(self._poller.poll(
                None if next_step is None else max(0, next_step - time.monotonic()) * 1000))
            if wake in events:
                os.read(wake, 512)
            if any(fd in events for fd in self._workers.pidfds) and not self._leaves_silently():
                return self._fail()
            if self._stopping and self._drains and self._options.shutdown_timeout == 0:
                self._abort_all()
            if self._input in events:
                self._receive()
            if next_step is not None and time.monotonic() >= next_step:
                self._step()
                next_step = max(next_step + self._period, time.monotonic())

    def _receive(self):
        while True:
            try:
                message = self._input.recv_json(zmq.NOBLOCK)
            except zmq.Again:
                return
            if "abort" in message:
                self._waiting.pop(message["abort"], None)
                self._running.pop(message["abort"], None)
            elif self._stopping:  # vLLM's _reject_add_in_shutdown
                self._send({"outputs": [[message["add"]["id"], None, "abort"]]})
            else:
                request = Request(**message["add"])
                self._waiting[request.id] = request

    def _step(self):
        now = time.monotonic()
        while self._waiting and len(self._running) < self._options.max_num_seqs:
            request = self._waiting.pop(next(iter(self._waiting)))
            request.starts = now + request.prefill
            self._running[request.id] = request
        outputs = []
        for request in list(self._running.values()):
            if request.starts > now:
                continue
            request.made += 1
            finished = request.made == request.max_tokens
            outputs.append([request.id, request.made, "length" if finished else None])
            if finished:
                del self._running[request.id]
        self._send({"outputs": outputs, "stats": self._stats()})

    def _stats(self):
        held = sum(request.prompt_tokens + request.made for request in self._running.values())
        return {
            "running": len(self._running),
            "waiting": len(self._waiting),
            "kv_cache": min(1.0, held / (self._options.max_num_seqs * 1024)),
        }

    def _send(self, message):
        try:
            self._output.send_json(message, zmq.NOBLOCK)
        except zmq.Again:  # the server is gone and this engine an orphan
            pass

    def _abort_all(self):
        outputs = [[id, None, "abort"] for id in (*self._running, *self._waiting)]
        self._running.clear()
        self._waiting.clear()
        # With an instant exit vLLM's output thread loses the race and the requests hang.
        if outputs and self._options.engine_exit > 0:
            self._send({"outputs": outputs, "stats": self._stats()})

    def _leaves_silently(self):
        return self._stopping and not self._drains

    def _fail(self):
        """A worker died: vLLM's executor gives up and the server is told."""
        self._send({"dead": True})
        self._leave(engine_exit=0)
        return 1

    def _leave(self, engine_exit=None):
        # vLLM resets the handler too: a second SIGTERM kills an engine that is cleaning up.
        signal.set_wakeup_fd(-1)
        signals.set_handler(signal.SIG_DFL)
        time.sleep(self._options.engine_exit if engine_exit is None else engine_exit)
        self._workers.stop()
        self._context.destroy(linger=_FLUSH_MS)
        return 0
