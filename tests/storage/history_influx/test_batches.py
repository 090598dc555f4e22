"""A batch goes part by part: the next one is made while the server reads, in order, and never two at once."""

import asyncio
import math
from collections.abc import Callable

import pytest

from monitor.domain.history import Sample
from monitor.ports import Transient
from monitor.storage.history_influx import PointAddress, batches
from monitor.storage.history_influx.answers import LineFault, TooLarge
from monitor.storage.history_influx.batches import Bounds, store
from monitor.storage.history_influx.lines import Lines, unstorable

LINES = Lines({"e.p": PointAddress("meter", "e", "", "p")})


def samples(count: int) -> list[Sample]:
    return [Sample("e.p", i, float(i), 0) for i in range(count)]


class Server:
    """Takes its time, and refuses what it is told to."""

    def __init__(self, fault: Callable[[list[int]], Exception | None] = lambda times: None) -> None:
        self.times: list[int] = []
        self.at_once = 0
        self.most = 0
        self.met = asyncio.Event()
        self._fault = fault

    async def take(self, body: bytes) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.met.set()
        try:
            for _ in range(30):
                await asyncio.sleep(0)
            times = [int(line.rpartition(b" ")[2]) for line in body.split(b"\n")]
            if fault := self._fault(times):
                raise fault
            self.times += times
        finally:
            self.at_once -= 1


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PART", 50)
    monkeypatch.setattr(batches, "SLICE", 10)


async def put(server: Server, given: list[Sample]) -> list[int]:
    written = await store(given, LINES, server.take, unstorable, Bounds())
    return [sample.at_ms for sample, _ in written.rejected]


async def test_parts_arrive_in_order_one_at_a_time() -> None:
    server = Server()
    assert await put(server, samples(230)) == []
    assert server.times == list(range(230))
    assert server.most == 1


async def test_the_next_part_is_made_while_the_server_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    server, made = Server(), []

    class Watched(Lines):
        def write(self, some: object) -> tuple[bytes, int]:
            made.append(server.at_once)
            return LINES.write(some)  # type: ignore[arg-type]

    await store(samples(150), Watched({}), server.take, unstorable, Bounds())
    # Of each later part all slices but the first, behind which the request gets its turn.
    assert made == [0] * 5 + ([0] + [1] * 4) * 2


async def test_a_guilty_sample_in_a_later_part_is_found_and_the_order_stays() -> None:
    server = Server(lambda times: LineFault("partial write") if 77 in times else None)
    assert await put(server, samples(150)) == [77]
    assert server.times == [i for i in range(150) if i != 77]


async def test_a_part_that_is_too_large_is_halved() -> None:
    server = Server(lambda times: TooLarge("413") if len(times) > 20 else None)
    assert await put(server, samples(150)) == []
    assert server.times == list(range(150))


async def test_trouble_ends_the_batch_with_nothing_on_its_way() -> None:
    server = Server(lambda times: Transient("busy") if times[0] >= 50 else None)
    with pytest.raises(Transient):
        await put(server, samples(200))
    assert server.times == list(range(50))
    assert server.at_once == 0


async def test_a_stop_takes_back_what_is_on_its_way() -> None:
    server = Server()
    task = asyncio.create_task(put(server, samples(200)))
    await server.met.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.at_once == 0


@pytest.mark.parametrize(
    ("value", "held"),
    [(1.5, True), (True, True), (-99.0, True), (100.0, False), (-100.0, False), ("x", False), (None, False)]
    + [(bad, False) for bad in (math.nan, math.inf, -math.inf, 10**400)],
)
def test_bounds_tell_many_samples_at_once(value: float | str | None, held: bool) -> None:
    given = [Sample("e.p", 10, 0.0, 0), Sample("e.p", 15, value, 0), Sample("e.p", 20, 0.0, 0)]
    assert Bounds(100.0, 10, 20).hold(given) is held
    assert Bounds(100.0, 11, 20).hold(given) is False
    assert Bounds(100.0, 10, 19).hold(given) is False


async def test_numbers_that_are_no_floats_keep_all_their_digits() -> None:
    given = [Sample("e.p", 1, 2**63, 0), Sample("e.p", 2, True, 0), Sample("e.p", 3, 0.1 + 0.2, 0)]
    text, _ = LINES.write(given)
    assert [line.split(b" ")[1].split(b",")[0] for line in text.split(b"\n")] == [
        b"p=9223372036854775808",
        b"p=1",
        b"p=0.30000000000000004",
    ]
