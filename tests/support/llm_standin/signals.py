"""When SIGTERM and SIGINT may come.

They are held back except where they are waited for: an exception out of a handler in the middle of
an import gets lost (uvloop's module swallows it), and so would the signal.
"""

import contextlib
import os
import signal

SHUTDOWN = (signal.SIGTERM, signal.SIGINT)


def hold():
    signal.pthread_sigmask(signal.SIG_BLOCK, SHUTDOWN)


def release():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SHUTDOWN)


def set_handler(handler):
    for sig in SHUTDOWN:
        signal.signal(sig, handler)


@contextlib.contextmanager
def interruptible():
    """A signal raises KeyboardInterrupt in here."""
    release()
    try:
        yield
    finally:
        hold()


def raise_interrupt(_signal, _frame):
    raise KeyboardInterrupt("terminated")


def die_interrupted():
    """The end of a process that Ctrl-C has ended, as its parent sees it."""
    set_handler(signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    release()
