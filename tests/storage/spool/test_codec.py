"""What stands in a record comes back as it was, whatever kinds of values stand beside one another."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.history import Sample
from monitor.domain.point import Value
from monitor.domain.rows import Row, Rows
from monitor.storage.spool.codec import Names, decode, encode

VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.none(),
    st.text(max_size=20),
)
SAMPLES = st.builds(
    Sample,
    st.sampled_from(["pit-1.level", "pit-1.flow", "x.y"]),
    st.integers(0, 2**45),
    VALUES,
    st.integers(0, 16),
)


@given(st.lists(SAMPLES, max_size=30))
def test_any_mixture_comes_back(samples: list[Sample]) -> None:
    back = decode(encode(samples, Names())[0], Names())
    assert back == samples
    assert [type(sample.value) for sample in back] == [type(sample.value) for sample in samples]


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=30))
def test_numbers_alone_come_back(values: list[float]) -> None:
    samples = [Sample(f"e.p{i}", 1_790_000_000_000 + i, value, 0) for i, value in enumerate(values)]
    assert decode(encode(samples, Names())[0], Names()) == samples


@pytest.mark.parametrize("length", range(1, 40))
def test_a_text_that_fills_up_the_rows_is_not_taken_for_numbers(length: int) -> None:
    text = struct.pack("<d", 1.5).decode("latin-1") + "x" * length
    samples = [Sample("a.b", 1, 1.5, 0), Sample("a.b", 2, text, 0), Sample("a.b", 3, 2.5, 0)]
    assert decode(encode(samples, Names())[0], Names()) == samples


def test_numbers_whose_name_was_lost_are_left_out_and_the_others_stay() -> None:
    known = Names()
    known.number["a.lost"] = 0
    known.number["a.kept"] = 1
    payload, _ = encode([Sample("a.lost", 1, 1.5, 0), Sample("a.kept", 2, 2.5, 0)], known)
    survivor = Names()
    survivor.learn(1, "a.kept")
    assert decode(payload, survivor) == [Sample("a.kept", 2, 2.5, 0)]


@given(st.lists(st.tuples(st.sets(st.integers(0, 9), min_size=1), st.booleans()), min_size=1, max_size=6))
def test_rows_are_written_as_their_samples_and_named_once(given: list[tuple[set[int], bool]]) -> None:
    ids = tuple(f"meter.r{n}" for n in range(10))
    names, reading = Names(), Names()
    for at, (places, whole) in enumerate(given):
        values: list[Value] = [at if whole else place + 0.5 for place in places]
        rows = Rows([Row(ids, at, list(places), values), Row(ids, at + 1, list(places), values)])
        payload, new = encode(rows, names)
        assert not new.keys() & names.number.keys()
        names.number.update(new)
        assert decode(payload, reading) == list(rows)


def test_a_number_that_was_never_written_is_not_remembered() -> None:
    """A full disk: the record that named the point is not there, and the next one names it again."""
    rows = Rows([Row(("meter.a", "meter.b"), 1, [1], [1.5])])
    names = Names()
    encode(rows, names)
    payload, new = encode(rows, names)
    assert new == {"meter.b": 0}
    assert decode(payload, Names()) == list(rows)
