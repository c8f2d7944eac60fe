"""Tensor-parallel workers: grandchildren that do nothing but live.

They leave at once on SIGTERM or SIGINT, as vLLM's do, which is why a SIGTERM to the whole control
group fails every request of an engine with more than one of them. They never outlive the engine.
"""

import os
import signal

from .processes import fork, reap


class Workers:
    def __init__(self, count):
        # One worker lives inside the engine process in vLLM, too.
        pids = [fork(f"VLLM::Worker_TP{rank}", _live) for rank in range(count if count > 1 else 0)]
        self._pids = {os.pidfd_open(pid): pid for pid in pids}

    @property
    def pidfds(self):
        """Readable when a worker has died."""
        return list(self._pids)

    def stop(self):
        for pidfd, pid in self._pids.items():
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            reap(pid)


def _live():
    while True:
        signal.pause()
