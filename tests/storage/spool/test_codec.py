"""What stands in a record comes back as it was, whatever kinds of values stand beside one another."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.history import Sample
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
