"""Free TCP ports on loopback, held against every other test process of this machine."""

import itertools
import os
import socket

# Below the ports that the kernel gives to outgoing connections (net.ipv4.ip_local_port_range): a port asked of the
# kernel itself, let go and taken up again by a server a moment later may meanwhile be one end of somebody's connection.
_FIRST, _LAST = 20_000, 32_700
_candidates = itertools.cycle(range(_FIRST, _LAST))
_held: set[int] = set()


def free_port() -> int:
    """A loopback port nobody listens on, given to one test process only, and to that only once."""
    if not _held:  # each process begins elsewhere, so that they seldom ask for the same one
        for _ in range(os.getpid() * 97 % (_LAST - _FIRST)):
            next(_candidates)
    for port in itertools.islice(_candidates, _LAST - _FIRST):
        if _hold(port) and _is_free(port):
            return port
    raise RuntimeError(f"no free port between {_FIRST} and {_LAST}")


def _hold(port: int) -> bool:
    """Take the name of the port for this process; the kernel lets it go when the process ends."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0watchroom-test-port-{port}")
    except OSError:
        name.close()
        return False
    name.detach()  # open until the process ends, owned by nobody
    _held.add(port)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
