"""What goes into the file comes out of it bit for bit, whatever it is."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.point import Value
from monitor.storage.history_sqlite.block import Block, Row, decode, encode, expand, run_of, squeeze
from monitor.storage.history_sqlite.columns import (
    pack_integers,
    pack_numbers,
    unpack_integers,
    unpack_numbers,
)
from monitor.storage.history_sqlite.summaries import pack_runs, unpack_runs
from monitor.storage.history_sqlite.tail import Batch, pack
from monitor.storage.runs import fold

single = st.floats(width=32, allow_nan=False, allow_infinity=False)
double = st.floats(allow_nan=False, allow_infinity=False)
decimal = st.decimals(-10_000, 10_000, places=2).map(float)
values = st.one_of(
    st.lists(double), st.lists(single), st.lists(decimal), st.lists(st.just(-0.0)), st.lists(st.booleans()),
    st.lists(st.integers(-(2**70), 2**70)), st.lists(st.one_of(double, st.booleans(), st.integers(), st.text(), st.none())),
)  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    chosen: list[Value | None] = draw(values)
    at_ms = draw(st.integers(-(2**40), 2**52))
    found: list[Row] = []
    quality = draw(st.sampled_from([0, 1, None]))
    for value in chosen:
        at_ms += draw(st.sampled_from([1, 10_000, 10_003, 60_000, 2**33]))
        found.append((at_ms, value, draw(st.integers(0, 255)) if quality is None else quality))
    return found


def told(found: list[Row]) -> list[tuple[object, ...]]:
    """Type and bits: 1, True and 1.0 are not the same, nor are 0.0 and -0.0."""
    return [
        (at, type(v), struct.pack("<d", v) if isinstance(v, float) else v, quality)
        for at, v, quality in found
    ]


@given(rows().filter(bool))
def test_a_block(given_rows: list[Row]) -> None:
    block = decode(expand(squeeze(encode(Block.of(given_rows)))))
    assert told(block.rows()) == told(given_rows)
    assert told(block.rows(1, 3)) == told(given_rows[1:3])


@given(rows().filter(bool), rows())
def test_a_batch(first: list[Row], second: list[Row]) -> None:
    batch = Batch(pack({7: first, **({3: second} if second else {})}))
    assert told(batch.rows(7)) == told(first)
    assert told(batch.rows(3)) == told(second)
    assert batch.rows(5) == []


@given(rows().filter(bool), st.data())
def test_a_run_is_what_its_samples_say_one_by_one(given_rows: list[Row], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(given_rows) - 1))
    end = data.draw(st.integers(start + 1, len(given_rows)))
    block = decode(encode(Block.of(given_rows)))
    fast, slow = block.run(start, end, 150_000), run_of(given_rows[start:end], 150_000)
    scale = sum(abs(v) for _, v, _ in given_rows if isinstance(v, int | float)) * 150_000
    within = pytest.approx(slow.area, rel=1e-9, abs=1e-9 * scale if math.isfinite(scale) else 0, nan_ok=True)
    assert fast.area == within
    fast.area = slow.area
    assert fast == slow


@given(rows().filter(bool), st.integers(1, 5))
def test_runs(given_rows: list[Row], size: int) -> None:
    runs = [run_of(given_rows[i : i + size], 150_000) for i in range(0, len(given_rows), size)]
    found = unpack_runs(pack_runs(runs))
    for ours, theirs in zip(found, runs, strict=True):
        assert ours.area == pytest.approx(theirs.area, rel=1e-11, nan_ok=True)
        ours.area = theirs.area
    assert found == runs


HUGE = 1.7e308
GARBAGE: list[Row] = [(1, HUGE, 0), (10_001, -HUGE, 0), (20_001, 1.0, 0)]
"""Two doubles in a wrong byte order: their area is no number."""


@pytest.mark.parametrize("found", [GARBAGE, GARBAGE[:1] + GARBAGE[2:]], ids=["no number", "without end"])
def test_garbage_near_the_largest_number_is_stored_and_has_no_mean(found: list[Row]) -> None:
    run, usual = run_of(found, 150_000), run_of([(1, 1.0, 0), (5, 2.0, 0)], 150_000)
    assert not math.isfinite(run.area)
    (kept, _) = unpack_runs(pack_runs([run, usual]))
    assert (kept.minimum, kept.maximum) == (run.minimum, run.maximum)
    (bucket,) = fold([kept], [0, 30_000], 150_000)
    assert (bucket.mean, bucket.maximum) == (None, HUGE)


@given(st.lists(st.integers(-(2**52), 2**52)))
def test_whole_numbers(integers: list[int]) -> None:
    assert unpack_integers(b"x" + pack_integers(integers), 1, len(integers))[0] == integers


def test_what_a_meter_says_takes_few_bytes() -> None:
    slow = [round(220 + i * 0.01, 2) for i in range(360)]
    assert len(squeeze(pack_numbers(slow))) < 60
    numbers, _ = unpack_numbers(pack_numbers(slow), 0, len(slow))
    assert numbers.values(0, 360) == slow


def test_damaged_data_is_said() -> None:
    with pytest.raises(ValueError, match="damaged"):
        expand(b"\xff\xff nonsense")
