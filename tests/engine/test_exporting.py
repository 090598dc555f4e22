"""Exports under way: bounded, patient with the historian, gone when they are over."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.engine import exporting
from monitor.engine.exporting import KEEP, PATIENCE, Export, Exports, Order, State, TooMany
from monitor.engine.retrospect import Column
from monitor.ports import Format, Transient
from monitor.storage.exporting import FileExporter
from tests.support.clock import VirtualClock
from tests.support.fake_historian import FakeHistorian


class Moody(FakeHistorian):
    """Answers only while `away` is not set, and not at all while `held`."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.held = asyncio.Event()
        self.held.set()
        self.asked: list[int] = []

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        await self.held.wait()
        self.asked.append(start_ms)
        if self.away:
            raise Transient("connection refused")
        return await super().raw(point, start_ms, end_ms, limit)


class Bench:
    def __init__(self, directory: Path) -> None:
        self.clock = VirtualClock()
        self.historian = Moody()
        self.directory = directory
        self.exports = Exports(FileExporter("Asia/Shanghai"), self.historian, directory, self.clock)

    async def begin(self, who: str = "chen", points: Sequence[str] = ("a.p",)) -> Export:
        columns = tuple(Column(point) for point in points)
        order = Order(columns, tuple(points), (0, 1_000_000), Format.CSV)
        return await self.exports.begin(order, "a.csv", who)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "exports")
    await bench.historian.write([Sample("a.p", i * 10, float(i), 0) for i in range(25_000)])
    yield bench
    await bench.exports.close()


async def ended(export: Export) -> None:
    assert export.task is not None
    await asyncio.wait([export.task])


async def until(condition: object) -> None:
    for _ in range(10_000):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came")


async def test_progress_is_told_by_time_and_points(bench: Bench) -> None:
    shares: list[float] = []
    exporter = bench.exports._exporter
    original = exporter.samples

    async def watched(*arguments: object, tell: object, **more: object) -> int:
        def both(point: str, rows: int, at_ms: int) -> None:
            tell(point, rows, at_ms)  # type: ignore[operator]
            shares.append(export.share)

        return await original(*arguments, tell=both, **more)  # type: ignore[arg-type]

    exporter.samples = watched  # type: ignore[assignment,method-assign]
    export = await bench.begin(points=("a.p", "a.q"))
    await ended(export)
    assert [round(share, 3) for share in shares] == [0.05, 0.1, 0.125]
    assert (export.state, export.share, export.rows) == (State.DONE, 1.0, 25_000)
    assert export.bytes == export.path.stat().st_size > 1_000_000


async def test_a_historian_that_comes_back_is_asked_on_from_where_it_was(bench: Bench) -> None:
    bench.historian.away = True
    export = await bench.begin()
    await until(lambda: export.state is State.WAITING)
    assert export.reason == "connection refused"
    await bench.clock.advance(30)
    bench.historian.away = False
    bench.historian.asked.clear()
    await bench.clock.advance(10)
    await ended(export)
    assert (export.state, export.reason, export.rows) == (State.DONE, "", 25_000)
    assert bench.historian.asked == [0, 99_991, 199_991]


async def test_one_that_stays_away_fails_it_and_leaves_no_file(bench: Bench) -> None:
    bench.historian.away = True
    export = await bench.begin()
    await until(lambda: export.state is State.WAITING)
    await bench.clock.advance(PATIENCE + 60)
    await ended(export)
    assert (export.state, export.reason) == (State.FAILED, "connection refused")
    assert not export.path.exists()


async def test_only_so_many_at_once(bench: Bench) -> None:
    bench.historian.held.clear()
    first, second = await bench.begin(), await bench.begin()
    with pytest.raises(TooMany):
        await bench.begin()
    bench.exports.drop(first)
    await ended(first)
    assert first.state is State.CANCELLED
    third = await bench.begin()
    bench.historian.held.set()
    await ended(second)
    await ended(third)
    assert {one.id for one in bench.exports.of("chen")} == {second.id, third.id}


async def test_a_file_too_large_for_the_disk_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LARGEST", 100_000)
    export = await bench.begin()
    await ended(export)
    assert export.state is State.FAILED
    assert "ask for less" in export.reason
    assert not export.path.exists()


async def test_files_go_after_an_hour_and_at_the_next_start(bench: Bench) -> None:
    export = await bench.begin()
    await ended(export)
    await bench.clock.advance(KEEP + 1)
    assert bench.exports.of("chen") == []
    assert not export.path.exists()

    (bench.directory / "left behind").write_text("x")
    next_life = Exports(FileExporter("UTC"), bench.historian, bench.directory, bench.clock)
    order = Order((Column("a.p"),), ("a.p",), (0, 10), Format.CSV)
    await ended(await next_life.begin(order, "a.csv", "chen"))
    assert len(list(bench.directory.iterdir())) == 1
    await next_life.close()
