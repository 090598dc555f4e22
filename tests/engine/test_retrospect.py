"""Amounts and hours over periods, from any historian, also where samples are gone."""

from pathlib import Path

import pytest

from monitor.domain.activity import Activity
from monitor.domain.history import Sample
from monitor.domain.point import Kind, Point
from monitor.domain.usage import Step
from monitor.engine import retrospect
from monitor.engine.retrospect import Column, activities, table, usages
from monitor.storage.history_sqlite import SqliteHistorian
from tests.storage.history_sqlite.test_sqlite import sealed
from tests.support.fake_historian import FakeHistorian

T0 = 1_790_000_000_000 // 86_400_000 * 86_400_000
DAY = 86_400_000
METER = Point("meter-1", "energy", kind=Kind.COUNTER, unit="kWh", rollover=100_000.0)
DAYS = [(T0 + i * DAY, T0 + (i + 1) * DAY) for i in range(4)]


def shown(hours: int, start: float = 99_900.0) -> list[Sample]:
    """Five kWh an hour into a roll-over, every ten minutes."""
    return [
        Sample(METER.id, T0 - 600_000 + i * 600_000, round((start + i * 5 / 6) % 100_000, 3), 0)
        for i in range(hours * 6 + 1)
    ]


async def test_kwh_a_day_over_a_roll_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrospect, "PAGE", 50)
    historian = FakeHistorian()
    await historian.write(shown(72))
    found = await usages(historian, METER, DAYS)
    assert [round(one.amount, 1) for one in found] == [120.0, 120.0, 120.0, 0.0]
    assert [[b.kind for b in one.breaks] for one in found] == [[Step.ROLLOVER], [], [], []]
    assert all(one.exact for one in found)
    assert found[3].first_ms == found[3].last_ms


async def test_another_meter_is_told_and_bad_readings_count_for_nothing() -> None:
    historian = FakeHistorian()
    old = [Sample(METER.id, T0 + i * 3_600_000, 5000.0 + i, 0) for i in range(24)]
    new = [Sample(METER.id, T0 + DAY + i * 3_600_000, 700.0 + i, 0) for i in range(24)]
    bad = Sample(METER.id, T0 + 90_000, None, 12)
    odd = Sample(METER.id, T0 + 95_000, 1e9, 1)
    await historian.write([*old, *new, bad, odd])
    first, second, *_ = await usages(historian, METER, DAYS)
    assert (first.amount, first.exact) == (23.0, True)
    assert (second.amount, second.exact) == (23.0, False)
    assert [b.kind for b in second.breaks] == [Step.REPLACED]


async def test_days_whose_samples_are_gone_are_counted_from_rollups(tmp_path: Path) -> None:
    historian = SqliteHistorian.open(tmp_path / "h.db", retention=15 * 86_400.0, now=lambda: T0 / 1000)
    samples = [s._replace(at_ms=s.at_ms - 40 * DAY) for s in shown(48, 10.0)]
    await historian.write([*samples, Sample(METER.id, T0, 999.0, 0)])
    await sealed(historian)
    days = [(a - 40 * DAY, b - 40 * DAY) for a, b in DAYS[:2]]
    assert [s for s in await historian.raw(METER.id, *days[0]) if s.at_ms >= days[0][0]] == []
    # Of the first hour of all nothing earlier is known.
    assert [round(one.amount) for one in await usages(historian, METER, days)] == [115, 120]
    await historian.close()


async def test_hours_run_and_starts() -> None:
    running = Point("pit-1", "running", kind=Kind.DISCRETE)
    historian = FakeHistorian()
    minutes = [(0, False), (10, True), (25, False), (40, True), (41, False)]
    await historian.write([Sample(running.id, T0 + m * 60_000, float(on), 0) for m, on in minutes])
    await historian.write(
        [
            Sample(running.id, T0 + m * 60_000, float(on), 0)
            for (m, on), (until, _) in zip(minutes, [*minutes[1:], (60, False)], strict=True)
            for m in range(m, until)
        ]
    )
    (hour,) = await activities(historian, running, [(T0, T0 + 3_600_000)])
    assert hour == Activity(16 * 60_000, 3_600_000, 2)


async def test_a_table_against_last_week() -> None:
    historian = FakeHistorian()
    await historian.write([Sample("a.x", T0 + i * 60_000, 1.0, 0) for i in range(60)])
    await historian.write([Sample("a.x", T0 - 7 * DAY + i * 60_000, 5.0, 0) for i in range(60)])
    now, before, other = await table(
        historian, [Column("a.x"), Column("a.x", 7 * DAY), Column("b.y")], (T0, T0 + 3_600_000), 4
    )
    assert [b.mean for b in now] == [1.0] * 4
    assert [b.mean for b in before] == [5.0] * 4
    assert [b.mean for b in other] == [None] * 4
