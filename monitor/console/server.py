"""The console's HTTP server inside the daemon: it ends when we end it, and leaves the signals to us."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from monitor.ports import Permanent

BACKLOG = 128
GRACE = 3
"""Seconds that open streams get to end at a stop."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Permanent naming the address when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise Permanent(f"console: {host}:{port} cannot be listened on: {error.strerror}") from error
    listening.listen(BACKLOG)
    return listening


class _Server(uvicorn.Server):
    """uvicorn takes the process's signals for itself; the daemon keeps them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Serve until cancelled; then open requests get a moment to end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening.dup()]))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait({task}, timeout=GRACE + 2)
        raise
