"""The reading plan: every want whole, within the limits, with the fewest requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.limits import Limits
from drivers.modbus.location import Table
from drivers.modbus.plan import Block, TooLong, Want, plan, split

H, C = Table.HOLDING, Table.COIL


def spans(blocks: tuple[Block, ...]) -> list[tuple[str, int, int]]:
    return [(str(block.table), block.start, block.count) for block in blocks]


def wants(*pairs: tuple[int, int], table: Table = H) -> list[Want]:
    return [Want(table, address, count) for address, count in pairs]


def test_neighbours_are_read_together() -> None:
    assert spans(plan(wants((0, 2), (2, 2), (4, 1)), Limits())) == [("holding", 0, 5)]


def test_tables_are_read_apart() -> None:
    both = [*wants((0, 1)), *wants((0, 1), table=C)]
    assert spans(plan(both, Limits())) == [("coil", 0, 1), ("holding", 0, 1)]


def test_the_order_of_wanting_does_not_matter_and_the_same_want_is_asked_once() -> None:
    assert spans(plan(wants((4, 1), (0, 2), (2, 2), (0, 2)), Limits())) == [("holding", 0, 5)]


@pytest.mark.parametrize(("gap", "requests"), [(0, 2), (2, 2), (3, 1), (8, 1)])
def test_a_gap_is_read_along_up_to_the_limit(gap: int, requests: int) -> None:
    assert len(plan(wants((0, 1), (4, 1)), Limits(max_gap=gap))) == requests


@pytest.mark.parametrize("hole", [(1, 1), (3, 3), (2, 2), (0, 9)])
def test_a_hole_is_never_crossed(hole: tuple[int, int]) -> None:
    assert spans(plan(wants((0, 1), (4, 1)), Limits(max_gap=100, holes=(hole,)))) == [
        ("holding", 0, 1),
        ("holding", 4, 1),
    ]


def test_a_hole_beside_the_gap_does_not_part_the_block() -> None:
    assert len(plan(wants((0, 1), (4, 1)), Limits(max_gap=100, holes=((5, 9),)))) == 1


def test_a_value_is_never_torn_apart() -> None:
    assert spans(plan(wants((0, 2), (2, 4), (6, 2)), Limits(max_registers=4))) == [
        ("holding", 0, 2),
        ("holding", 2, 4),
        ("holding", 6, 2),
    ]


def test_bits_have_their_own_limit() -> None:
    lamps = wants(*((n, 1) for n in range(4001)), table=C)
    assert spans(plan(lamps, Limits())) == [("coil", 0, 2000), ("coil", 2000, 2000), ("coil", 4000, 1)]


def test_a_value_longer_than_a_request_is_an_error() -> None:
    with pytest.raises(TooLong, match="holding:7 takes 4 addresses, the device allows 2"):
        plan(wants((7, 4)), Limits(max_registers=2))


def test_overlapping_wants_share_a_block() -> None:
    assert spans(plan(wants((0, 4), (1, 1), (3, 2)), Limits())) == [("holding", 0, 5)]


def test_a_refused_block_loses_its_gaps_first() -> None:
    [block] = plan(wants((0, 1), (4, 1), (5, 1)), Limits(max_gap=10))
    assert spans(split(block, Limits(max_gap=10))) == [("holding", 0, 1), ("holding", 4, 2)]


def test_a_refused_block_without_gaps_is_halved_until_one_want_stands_alone() -> None:
    [block] = plan(wants(*((n, 1) for n in range(5))), Limits())
    assert spans(split(block, Limits())) == [("holding", 0, 2), ("holding", 2, 3)]
    [alone] = plan(wants((3, 2)), Limits())
    assert split(alone, Limits()) == ()


WANTS = st.lists(
    st.builds(Want, st.sampled_from(list(Table)), st.integers(0, 400), st.integers(1, 4)), max_size=60
)


@given(WANTS, st.integers(4, 125), st.integers(0, 20))
def test_every_want_lies_whole_in_exactly_one_block_within_the_limits(
    wanted: list[Want], most: int, gap: int
) -> None:
    blocks = plan(wanted, Limits(max_registers=most, max_bits=most, max_gap=gap))
    assert sorted(want for block in blocks for want in block.wants) == sorted(set(wanted))
    for block in blocks:
        assert block.count <= most
        for want in block.wants:
            assert want.table is block.table
            assert block.start <= want.address
            assert want.end <= block.start + block.count


@given(WANTS)
def test_splitting_ends_and_loses_nothing(wanted: list[Want]) -> None:
    waiting = list(plan(wanted, Limits(max_gap=50)))
    alone: list[Want] = []
    while waiting:
        block = waiting.pop()
        parts = split(block, Limits(max_gap=50))
        waiting += parts
        if not parts:
            alone += block.wants
    assert sorted(alone) == sorted(set(wanted))
