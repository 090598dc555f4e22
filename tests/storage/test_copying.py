"""From any historian into any other: everything arrives, and a difference is found."""

import random
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.domain.history import Sample
from monitor.ports import Permanent, Transient
from monitor.storage import copying
from monitor.storage.copying import Progress, copy, digest, missing
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.introducing import introduce
from tests.support.fake_historian import FakeHistorian

T0 = 1_790_000_000_000
END = T0 + 10**9
POINTS = ["pit-1.level", "lift-1.fault", "gone-9.level"]


def house() -> list[Sample]:
    rng = random.Random(2)
    level = [
        Sample("pit-1.level", T0 + i * 10_000, round(rng.uniform(0, 4), 2), rng.choice([0, 0, 1]))
        for i in range(12_345)
    ]
    level[77] = Sample("pit-1.level", level[77].at_ms, None, 12)
    texts = [
        Sample("lift-1.fault", T0 + i * 60_000, rng.choice(["E-07", "", True, 3]), 0) for i in range(500)
    ]
    return [*level, *texts, Sample("gone-9.level", T0, 1.5, 0)]


@pytest.fixture
async def source() -> FakeHistorian:
    source = FakeHistorian()
    await source.write(house())
    return source


async def test_everything_arrives_and_is_equal(source: FakeHistorian, tmp_path: Path) -> None:
    target = SqliteHistorian.open(tmp_path / "h.db", retention=10**9)
    told: list[tuple[int, int]] = []
    points = list(await source.points())
    assert sorted(points) == sorted(POINTS)
    progress = await copy(source, target, points, 0, END, lambda p: told.append((p.done, p.samples)))

    assert progress.samples == len(house())
    assert told == sorted(told)
    assert told[-1] == (3, len(house()))
    for point in POINTS:
        assert await digest(source, point, 0, END) == await digest(target, point, 0, END)
        assert list(await target.raw(point, 0, END)) == list(await source.raw(point, 0, END))
    again = await copy(source, target, points, 0, END, lambda _: None)
    assert again.samples == progress.samples
    assert len(await target.raw("pit-1.level", 0, END)) == 12_345
    await target.close()


async def test_a_difference_is_seen(source: FakeHistorian) -> None:
    target = FakeHistorian()
    await copy(source, target, POINTS, 0, END, lambda _: None)
    wanted = await digest(source, "pit-1.level", 0, END)
    assert await digest(target, "pit-1.level", 0, END) == wanted
    key = ("pit-1.level", T0 + 50_000)
    target.stored[key] = target.stored[key]._replace(quality=1 - target.stored[key].quality)
    assert await digest(target, "pit-1.level", 0, END) != wanted


async def test_what_a_target_has_besides_is_no_difference(source: FakeHistorian) -> None:
    """After a switch the daemon writes to the new one already."""
    target = FakeHistorian()
    await target.write([Sample("pit-1.level", T0 + 50_001, 9.0, 0)])
    await copy(source, target, POINTS, 0, END, lambda _: None)
    assert await missing(source, target, "pit-1.level", 0, END) == 0
    key = ("pit-1.level", T0 + 60_000)
    target.stored[key] = target.stored[key]._replace(quality=1 - target.stored[key].quality)
    del target.stored[("pit-1.level", T0 + 70_000)]
    assert await missing(source, target, "pit-1.level", 0, END) == 2


async def test_digits_that_a_server_does_not_keep_are_no_difference() -> None:
    """230.39999389648438 is what a meter's float of four bytes is as one of eight; VictoriaMetrics gives 230.399993896484."""
    meter, metrics = FakeHistorian(), FakeHistorian()
    await meter.write([Sample("m.v", T0 + i, 230.39999389648438 + i, 0) for i in range(10)])
    await metrics.write([Sample("m.v", T0 + i, 230.399993896484 + i, 0) for i in range(10)])
    assert await digest(meter, "m.v", 0, END) != await digest(metrics, "m.v", 0, END)
    assert await missing(meter, metrics, "m.v", 0, END) == 10
    assert await digest(meter, "m.v", 0, END, 12) == await digest(metrics, "m.v", 0, END, 12)
    assert await missing(meter, metrics, "m.v", 0, END, 12) == 0
    await metrics.write([Sample("m.v", T0, 230.3999, 0)])
    assert await missing(meter, metrics, "m.v", 0, END, 12) == 1


async def test_a_busy_target_is_waited_for_and_a_refusal_is_told(
    source: FakeHistorian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "FIRST_PAUSE", 0.0)
    target = FakeHistorian()
    target.failures.extend([Transient("busy")] * 3)
    target.refuse.add("gone-9.level")
    progress: Progress = await copy(source, target, POINTS, 0, END, lambda _: None)
    assert (progress.rejected, progress.reason) == (1, "refused by the test")
    target.down = Transient("gone")
    with pytest.raises(Transient):
        await copy(source, target, POINTS, 0, END, lambda _: None)


async def test_another_historian_than_before_is_said_with_the_command() -> None:
    with capture_logs() as logs:
        await introduce(FakeHistorian(), "influxdb1://h:8086/db", "sqlite:history.db")
        await introduce(FakeHistorian(), "sqlite:history.db", "sqlite:history.db")
        await introduce(FakeHistorian(), "sqlite:history.db", None)
    (changed,) = logs
    assert changed["remedy"] == "watchroom history copy 'sqlite:history.db' 'influxdb1://h:8086/db'"


async def test_what_is_wrong_with_it_is_said_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    historian = FakeHistorian()

    async def inspect() -> None:
        raise Permanent("wrong token")

    monkeypatch.setattr(historian, "inspect", inspect)
    with capture_logs() as logs:
        await introduce(historian, "influxdb2://h:8086/o/b", None)
    assert [(one["event"], one["problem"]) for one in logs] == [("historian.problem", "wrong token")]
