"""A world at work, and clients of each role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.console.world import World

Client = httpx.AsyncClient


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The engine in memory at noon on the site."""
    made = World()
    async with made.running():
        yield made


@pytest.fixture
async def client(world: World) -> AsyncIterator[Callable[..., Client]]:
    """`client("operator")` asks with a token of that role, `client(None)` without any."""
    opened: list[Client] = []

    def make(role: str | None = "operator", address: str = "10.0.0.9", **headers: str) -> Client:
        if role:
            headers["Authorization"] = f"Bearer token-{role}"
        transport = httpx.ASGITransport(world.app, client=(address, 4711))
        opened.append(Client(transport=transport, base_url="http://house", headers=headers))
        return opened[-1]

    yield make
    for one in opened:
        await one.aclose()
