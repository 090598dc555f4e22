"""Rows are the samples that they stand for, to whoever does not know of rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.history import Sample
from monitor.domain.rows import Row, Rows, joined

IDS = ("meter.a", "meter.b", "meter.c", "meter.d")
VALUES = st.one_of(st.floats(allow_nan=False), st.integers(), st.booleans(), st.text(max_size=3))


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    made = []
    for at in range(draw(st.integers(0, 5))):
        places = draw(st.lists(st.integers(0, 3), unique=True, min_size=1))
        values = draw(st.lists(VALUES, min_size=len(places), max_size=len(places)))
        made.append(Row(IDS, at, places, values))
    return Rows(made)


def samples(some: Rows) -> list[Sample]:
    """The obvious way."""
    return [
        Sample(row.ids[place], row.at_ms, value, 0)
        for row in some.rows
        for place, value in zip(row.places, row.values, strict=True)
    ]


@given(rows())
def test_they_are_their_samples_in_order(some: Rows) -> None:
    plain = samples(some)
    assert list(some) == plain
    assert len(some) == len(plain)
    assert some == tuple(plain)
    assert [some[i] for i in range(-len(plain), len(plain))] == plain + plain
    with pytest.raises(IndexError):
        some[len(plain)]


@given(rows(), st.integers(0, 20), st.integers(0, 20))
def test_a_cut_through_a_row_leaves_no_sample_out_and_takes_none_twice(
    some: Rows, start: int, end: int
) -> None:
    assert list(some[start:end]) == samples(some)[start:end]
    assert list(joined([some[:start], some[start:]])) == samples(some)


def test_rows_and_samples_join_to_samples() -> None:
    some = Rows([Row(IDS, 1, [0], [1.5])])
    other = (Sample("pump.on", 2, True, 0),)
    assert joined([some, other]) == (Sample("meter.a", 1, 1.5, 0), *other)
    assert joined([]) == ()
