"""Free ports that stay free: a replica's port must not be taken while the replica is stopped."""

import socket

# Below the ports that the kernel gives to clients, so that no connection ends up on one.
_FIRST, _BLOCK_SIZE, _BLOCKS = 10240, 8, 1000


class PortBlock:
    """Eight ports that no other demo uses.

    The name of an abstract socket is the lock: the kernel drops it with the process.
    """

    def __init__(self):
        for block in range(_BLOCKS):
            self._lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            first = _FIRST + block * _BLOCK_SIZE
            try:
                self._lock.bind(f"\0lbdrain-demo-ports-{first}")
            except OSError:
                self._lock.close()
                continue
            self.ports = range(first, first + _BLOCK_SIZE)
            if all(map(_can_bind, self.ports)):
                return
            self._lock.close()
        raise OSError("no free ports")


def _can_bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
