"""The console on its socket, inside the daemon's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from fastapi import FastAPI

PATIENCE = 2
"""Seconds that open streams get to end when the daemon stops."""


async def serve(app: FastAPI, listener: socket.socket, answering: Callable[[], None] = lambda: None) -> None:
    """Answer until cancelled; calls `answering` once it does. Works on a copy of the socket, so that it can be handed
    on to a successor."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=PATIENCE,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
    )
    server = _Server(config, answering)
    serving = asyncio.create_task(server.serve(sockets=[listener.dup()]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        app.state.stopping.set()
        server.should_exit = True
        await serving
        raise


class _Server(uvicorn.Server):
    """Signals are the daemon's business."""

    def __init__(self, config: uvicorn.Config, answering: Callable[[], None]) -> None:
        super().__init__(config)
        self._answering = answering

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._answering()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
