"""Starts processes, notices their ends, and leaves none behind.

Most of what the demo starts (NGINX, hooks, the replicas) detaches itself. As the "subreaper" of its
descendants this process becomes the parent of all of them, so that it can end them by pid.
"""

import asyncio
import ctypes
import os
import select
import signal

_PR_SET_CHILD_SUBREAPER = 36


class Processes:
    """Use it inside a running event loop; close() ends every descendant."""

    def __init__(self):
        if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError("cannot adopt the processes that are started")
        self._waiters = {}
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    async def run(self, argv, log):
        """Runs a program to its end, its output appended to the file `log`; the exit status."""
        return await self.start(argv, log).exited

    def start(self, argv, log):
        """Starts one that stays."""
        out = (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        none = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        pid = os.posix_spawn(argv[0], argv, os.environ, setsid=True,
                             file_actions=[none, out, (os.POSIX_SPAWN_DUP2, 1, 2)])
        self._waiters[pid] = asyncio.get_running_loop().create_future()
        self._reap()
        return Child(pid, self._waiters[pid])

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            waiter = self._waiters.get(pid)
            if waiter is not None and not waiter.done():
                waiter.set_result(os.waitstatus_to_exitcode(status))

    def close(self):
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)
        # Only direct children are signalled: nobody else can reap them, so their pids are sure.
        # What they leave behind becomes a child in the next round.
        while children := _children():
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            for pid in children:
                os.waitpid(pid, 0)


class Child:
    def __init__(self, pid, exited):
        self._pid = pid
        self.exited = exited  # a future: the exit status

    @property
    def running(self):
        return not self.exited.done()

    def send(self, sig):
        if self.running:  # it has not been reaped, so the pid is still its own
            os.kill(self._pid, sig)

    async def end(self, sig=signal.SIGTERM, patience=10):
        self.send(sig)
        await asyncio.wait([self.exited], timeout=patience)
        self.send(signal.SIGKILL)
        await self.exited


def _children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


class Other:
    """A process that is not our child, held by a descriptor so that its pid cannot be another's."""

    def __init__(self, pid):
        self._fd = os.pidfd_open(pid)

    def send(self, sig):
        try:
            signal.pidfd_send_signal(self._fd, sig)
        except ProcessLookupError:
            pass

    async def gone(self, timeout):
        """Whether it has exited within so many seconds."""
        loop = asyncio.get_running_loop()
        exited = asyncio.Event()
        loop.add_reader(self._fd, exited.set)
        try:
            async with asyncio.timeout(timeout):
                await exited.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(self._fd)
        return bool(select.select([self._fd], [], [], 0)[0])

    def close(self):
        os.close(self._fd)


async def until(condition, what, timeout=30, interval=0.02):
    """Waits until condition() is true, and returns what it returned."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while not (value := condition()):
        if loop.time() > deadline:
            raise TimeoutError(f"waited {timeout} s in vain: {what}")
        await asyncio.sleep(interval)
    return value
