"""The console's socket: had before anything starts, answered on when the rest turns."""

from __future__ import annotations

import socket

from monitor.ports import Permanent


def bind(address: tuple[str, int]) -> socket.socket:
    """Listen on `host, port` (0 for a free one). Raises Permanent when the address cannot be had."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise Permanent(f"the console cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listener
