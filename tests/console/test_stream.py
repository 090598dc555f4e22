"""The live line over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from monitor.console.listening import bind
from monitor.console.routes import stream
from monitor.console.server import serve
from monitor.domain.reading import Quality
from monitor.ports import Permanent
from tests.console.world import World


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The console on a free port, stopped as the daemon stops it."""
    listener = bind(("127.0.0.1", 0))
    serving = asyncio.create_task(serve(world.app, listener))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    listener.close()


class Listener:
    """Reads one event after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, *, beats: bool = False) -> tuple[str, Any]:
        """The next event's name and body; beats are skipped unless wanted."""
        name = ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and (beats or name != "beat"):
                    return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def listening(url: str, role: str = "viewer", **query: Any) -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer token-{role}"}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as client,
        client.stream("GET", "/api/v1/stream", params={"lang": "en", **query}) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield Listener(response)


async def test_a_snapshot_then_changes_then_gone(world: World, url: str) -> None:
    await world.measure("pit-1.level", 3.0)
    async with listening(url, topic="alarm") as line:
        name, body = await line.next()
        assert name == "snapshot"
        assert [(a["id"], a["item"]["message"]) for a in body["alarm"]] == [
            ("pit-1.level_high", "B1 東集水井: Level above 2.4 m")
        ]
        await world.measure("leak-b2-05.leak", True)
        name, body = await line.next()
        assert (name, body["id"], body["item"]["state"]) == ("alarm", "leak-b2-05.leak", "UNACK")
        await world.alarming.command("pit-1.level_high", _ack())
        await world.measure("pit-1.level", 1.0)
        seen = [await line.next()]
        while seen[-1][1]["item"] is not None:
            seen.append(await line.next())
        assert seen[-1][1] == {"id": "pit-1.level_high", "item": None}


def _ack() -> Any:
    from monitor.domain.alarm import Acknowledge

    return Acknowledge(1, 1, "chen")


async def test_readings_of_one_equipment_with_their_quality(world: World, url: str) -> None:
    async with listening(url, topic="reading", equipment="pit-1") as line:
        _, body = await line.next()
        assert [r["item"]["reason"] for r in body["reading"]] == ["no_data"] * 5
        await world.measure("mdb-1.v_l1", 230.0)
        await world.measure("pit-1.level", 1.25, Quality.OUT_OF_RANGE)
        name, body = await line.next()
        assert (name, body["id"]) == ("reading", "pit-1.level")
        assert (body["item"]["value"], body["item"]["quality"]) == (1.25, "uncertain")


async def test_the_line_beats(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT", 0.05)
    async with listening(url, topic="alarm") as line:
        await line.next()
        assert await line.next(beats=True) == ("beat", {"at": "2026-11-23T04:00:00.000Z"})


async def test_a_slow_reader_gets_the_latest_and_leaves_nothing_behind(world: World, url: str) -> None:
    async with listening(url, topic="reading", equipment="pit-1") as line:
        await line.next()
        # Nothing runs in between: the reader could not have taken them one by one.
        for i in range(1000):
            world.live.publish("reading", "pit-1.level", _reading(i / 10))
        _, body = await line.next()
        assert body["item"]["value"] == 99.9
    for _ in range(100):
        if not world.live.watched:
            break
        await asyncio.sleep(0.02)
    assert not world.live.watched


def _reading(value: float) -> Any:
    from monitor.domain.reading import Reading

    return Reading("pit-1.level", value, Quality.GOOD, None, 0.0)


async def test_who_is_signed_out_does_not_go_on_listening(world: World, url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=10) as browser:
        await browser.post("/api/v1/session", json={"name": "chen", "password": "password-chen"})
        async with browser.stream("GET", "/api/v1/stream", params={"topic": "alarm"}) as response:
            line = Listener(response)
            await line.next()
            world.accounts.sessions.clear()
            await world.clock.advance(stream.RECHECK + 1)  # type: ignore[attr-defined]
            with pytest.raises(AssertionError, match="the stream ended"):
                await line.next()


async def test_wrong_wishes_are_refused(world: World, url: str) -> None:
    headers = {"Authorization": "Bearer token-viewer"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        assert (await client.get("/api/v1/stream", params={"topic": "gossip"})).status_code == 422
        assert (await client.get("/api/v1/stream", params={"equipment": "none"})).status_code == 404
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/api/v1/stream")).status_code == 401


async def test_an_open_stream_does_not_hold_up_the_stop(world: World) -> None:
    listener = bind(("127.0.0.1", 0))
    serving = asyncio.create_task(serve(world.app, listener))
    async with listening(f"http://127.0.0.1:{listener.getsockname()[1]}", topic="alarm") as line:
        await line.next()
        serving.cancel()
        async with asyncio.timeout(1.5):
            with contextlib.suppress(asyncio.CancelledError):
                await serving
    listener.close()


def test_an_address_that_is_taken_is_said() -> None:
    taken = bind(("127.0.0.1", 0))
    with pytest.raises(Permanent, match=r"cannot listen on 127\.0\.0\.1"):
        bind(taken.getsockname())
    taken.close()
