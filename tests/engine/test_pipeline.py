"""The inlet: what is unusable is counted and told, and fills no log."""

from __future__ import annotations

from structlog.testing import capture_logs

from monitor.domain.point import Point
from monitor.engine.pipeline import CALM
from tests.engine.bench import Bench

LEVEL = Point("pit-1", "level", unit="m", range=(0, 4), stale_after=30)


async def test_rubbish_every_other_time_is_logged_once_when_it_begins_and_once_when_it_has_ended() -> None:
    rubbish = "payload is not JSON"
    async with Bench([], [LEVEL]) as bench:
        with capture_logs() as logs:
            for _ in range(200):
                bench.pipeline.discarded("bus", "pit-1", rubbish)
                bench.say(1.0)
                await bench.clock.advance(1)
            assert [line["event"] for line in logs] == ["message.discarded"]
            await bench.clock.advance(CALM)
            bench.say(1.0)
            bench.say(1.0)
            assert [line["event"] for line in logs] == ["message.discarded", "message.usable_again"]
            bench.pipeline.discarded("bus", "pit-1", rubbish)
        assert [line["event"] for line in logs][2:] == ["message.discarded"]
        assert bench.tally.get("discarded_total", connection="bus", reason=rubbish) == 201
