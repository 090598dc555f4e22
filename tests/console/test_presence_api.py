"""Consoles that tell who is there and whether they can sound, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from monitor.engine.presence import Sound
from tests.console.conftest import Client
from tests.console.test_stream import listening, url
from tests.console.world import World

__all__ = ["url"]
ONE = "0123456789abcdef"


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not within 4 s")


async def _say(url: str, sound: str, role: str = "operator") -> httpx.Response:
    headers = {"Authorization": f"Bearer token-{role}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        return await client.post("/api/v1/presence", json={"console": ONE, "sound": sound})


async def test_a_position_comes_with_its_word_and_goes_with_its_line(
    world: World, url: str, client: Callable[..., Client]
) -> None:
    async with listening(url, topic="position") as other:
        assert (await other.next())[1]["position"] == []
        async with listening(url, role="operator", console=ONE) as line:
            await line.next()
            assert (await _say(url, "blocked")).json() == {"counts": True}
            name, body = await other.next()
            assert (name, body["id"]) == ("position", ONE)
            assert body["item"] == {
                "id": ONE,
                "name": "token:operator",
                "role": "operator",
                "sound": "blocked",
                "counts": True,
                "since": "2026-11-23T04:00:00.000Z",
                "position": "",
            }
            listed = (await client("viewer").get("/api/v1/presence")).json()
            assert listed == {"items": [body["item"]]}
            await _say(url, "on")
            assert (await other.next())[1]["item"]["sound"] == "on"
            metrics = (await client("viewer").get("/metrics")).text
            assert 'watchroom_consoles{sound="on"} 1.0' in metrics
        assert await other.next() == ("position", {"id": ONE, "item": None})
    assert (await client("viewer").get("/api/v1/presence")).json() == {"items": []}


async def test_a_viewer_may_say_so_and_does_not_count(world: World, url: str) -> None:
    async with listening(url, role="viewer", console=ONE) as line:
        await line.next()
        assert (await _say(url, "on", "viewer")).json() == {"counts": False}
        [position] = world.presence.positions
        assert (position.sound, position.counts) == (Sound.ON, False)
        assert (await _say(url, "off", "operator")).json() == {"counts": False}, "not that person's line"
        assert [one.sound for one in world.presence.positions] == [Sound.ON]
    await _until(lambda: not world.presence.positions)


async def test_strangers_and_programs_without_a_line_are_no_position(
    client: Callable[..., Client],
) -> None:
    asked = await client(None).post("/api/v1/presence", json={"console": ONE, "sound": "on"})
    assert asked.status_code == 401
    without = await client("operator").post("/api/v1/presence", json={"console": ONE, "sound": "on"})
    assert without.json() == {"counts": False}, "no line, no position"


@pytest.mark.parametrize("body", [{"console": ONE, "sound": "loud"}, {"console": "x", "sound": "on"}, {}])
async def test_nonsense_is_refused(body: dict[str, str], client: Callable[..., Client]) -> None:
    assert (await client("operator").post("/api/v1/presence", json=body)).status_code == 422
