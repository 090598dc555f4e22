"""The inlet: what is unusable is counted and told, and fills no log."""

from __future__ import annotations

from collections.abc import Sequence

from structlog.testing import capture_logs

from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, AlarmRule, High, Priority
from monitor.domain.scan import Scan
from monitor.engine.pipeline import CALM
from tests.engine.bench import Bench

LEVEL = Point("pit-1", "level", unit="m", range=(0, 4), stale_after=30)


class Keeping:
    """An outlet to history that keeps what it is given."""

    def __init__(self, scans: list[Scan]) -> None:
        self._scans = scans

    def take(self, scan: Scan, changed: Sequence[int] | None = None) -> None:
        self._scans.append(scan)


def high_rule(equipment: str, point: str, limit: float) -> AlarmRule:
    return AlarmRule(f"{equipment}.high", equipment, AlarmKind.LIMIT, High(point, limit), Priority.HIGH)


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


async def test_a_report_of_the_past_is_kept_and_neither_judged_nor_believed() -> None:
    kept: list[Scan] = []
    high = high_rule("pit-1", "level", 2.0)
    async with Bench([high], [LEVEL], pushed=True) as bench:
        bench.pipeline.keep = Keeping(kept)
        bench.say(1.0)
        past = Scan(bench.plan, (3.9,), bench.clock.now(), source_time=1.0, historical=True)
        bench.pipeline.scan(past)
        await bench.wait(60)
        assert bench.causes() == []
        assert bench.latest["pit-1"].read("level")[0] == 1.0
        assert kept[1] is past
        bench.say(3.9)
        await bench.wait(60)
        assert bench.causes() == ["raised"]


async def test_what_was_heard_of_a_device_said_to_be_away_is_a_memory_too_once_the_link_is_down() -> None:
    """What a broker had queued may come after the availability that says `offline`."""
    async with Bench([], [LEVEL], pushed=True) as bench:
        bench.pipeline.link("bus", True, "")
        bench.pipeline.answering("pit-1", False, "it is said to be offline by pit/1/availability")
        bench.say(1.0)
        bench.pipeline.link("bus", False, "closed by the broker or the network")
        assert bench.latest["pit-1"].read("level") == (1.0, Quality.COMM_FAILURE)
        bench.pipeline.link("bus", True, "")
        assert bench.latest["pit-1"].read("level") == (1.0, Quality.COMM_FAILURE)
        bench.pipeline.answering("pit-1", True, "it says so")
        assert bench.latest["pit-1"].read("level") == (1.0, Quality.GOOD)
