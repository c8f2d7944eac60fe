"""What the engine and its workers have in common as child processes."""

import ctypes
import os
import select
import signal
import traceback

from . import signals

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True)


def fork(title, run, die_with_parent=True):
    """Runs run() in a child process and returns its pid; nothing of the parent's runs there."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signals.set_handler(signal.SIG_DFL)
        signals.release()
        _libc.prctl(_PR_SET_NAME, title.encode(), 0, 0, 0)
        if die_with_parent:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)
        status = run() or 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def wait_readable(fds, timeout=None):
    """The readable ones of fds; a pidfd is readable once its process has ended."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return [fd for fd, _ in poll.poll(None if timeout is None else timeout * 1000)]


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # another thread was first
        pass
