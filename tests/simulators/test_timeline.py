"""The timeline as data, and its effect on a plant in virtual time."""

from pathlib import Path

import pytest

from simulators.equipment.lighting import LampsOnCoils
from simulators.equipment.sump import SumpPit
from simulators.plant import DrillError, Plant
from simulators.timeline import Change, Entry, changes
from simulators.wire import behaviour
from simulators.wire.behaviour import Request
from simulators.wire.registers import Table
from tests.simulators.support import run_for, small_plant

ONCE = Entry(30, "leak", "wet", None, lasts=20)
AGAIN = Entry(30, "leak", "wet", None, lasts=20, every=100)


def instants(found: list[Change]) -> list[tuple[float, bool]]:
    return [(change.at, change.begins) for change in found]


def test_a_fault_begins_and_ends_once() -> None:
    assert instants(changes([ONCE], 0, 1000)) == [(30, True), (50, False)]


def test_an_interval_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    assert instants(changes([ONCE], 30, 50)) == [(50, False)]
    assert instants(changes([ONCE], 29, 30)) == [(30, True)]


def test_a_repeated_fault_comes_again() -> None:
    assert instants(changes([AGAIN], 140, 250)) == [(150, False), (230, True), (250, False)]


def test_no_change_is_lost_or_doubled_when_time_is_cut_in_pieces() -> None:
    whole = changes([AGAIN, ONCE], 0, 1000)
    pieces = [change for s in range(1000) for change in changes([AGAIN, ONCE], s, s + 1)]
    assert pieces == whole


def test_an_end_comes_before_a_beginning_at_the_same_instant() -> None:
    first, second = Entry(10, "a", "x", None, lasts=10), Entry(20, "a", "x", None)
    assert instants(changes([second, first], 15, 25)) == [(20, False), (20, True)]


def active(plant: Plant) -> set[tuple[str, str]]:
    return set(plant.active_faults())


def test_the_timeline_takes_effect_and_clears(tmp_path: Path) -> None:
    plant = small_plant(tmp_path, "- {at: 45s, fault: lamps_failed, target: coils, for: 60s, to: 92}")
    zone = plant.equipment["coils"]
    assert isinstance(zone, LampsOnCoils)

    def working() -> int:
        return sum(zone.bank.read(Table.COIL, 0, 120) or [])

    run_for(plant, 44)
    assert working() == 119
    run_for(plant, 2)
    assert working() == 110
    assert active(plant) == {("lamps_failed", "coils")}
    run_for(plant, 60)
    assert working() == 119
    assert active(plant) == set()


def test_a_fault_at_the_very_beginning_is_there_before_the_first_step(tmp_path: Path) -> None:
    plant = small_plant(tmp_path, "- {at: 0s, fault: leak, target: wet, for: 5s}")
    assert active(plant) == {("leak", "wet")}
    run_for(plant, 5)
    assert active(plant) == set()


def test_one_long_step_ends_like_many_short_ones(tmp_path: Path) -> None:
    timeline = "- {at: 30s, fault: high_level, target: pit, for: 100s, inflow: 90}"
    long, short = small_plant(tmp_path, timeline), small_plant(tmp_path, timeline)
    long.step(120)
    run_for(short, 120)
    one, other = long.equipment["pit"], short.equipment["pit"]
    assert isinstance(one, SumpPit)
    assert isinstance(other, SumpPit)
    assert one.level == pytest.approx(other.level)
    assert one.level > 1.8


def test_not_answering_slow_and_exception_change_the_wire_and_give_it_back(tmp_path: Path) -> None:
    plant = small_plant(
        tmp_path,
        """
        - {at: 1s, fault: slow, target: pit, for: 30s, delay: 2s}
        - {at: 10s, fault: exception, target: pit, for: 5s, code: 6}
        - {at: 12s, fault: not_answering, target: pit, for: 5s}
        """,
    )
    unit = plant.units[3]
    request = Request(1, 3, b"\x04\x00\x00\x00\x01")
    right = request.frame(b"\x04\x02\x00\x00")

    def sent() -> list[tuple[float, bytes]]:
        return [(sending.after, sending.data) for sending in unit.behaviour(request, right)]

    assert sent() == [(0.0, right)]
    run_for(plant, 5)
    assert sent() == [(2.0, right)]
    run_for(plant, 6)
    assert sent() == [(0.0, request.frame(b"\x84\x06"))]
    run_for(plant, 2)
    assert sent() == []
    run_for(plant, 5)
    assert sent() == [(2.0, right)]
    run_for(plant, 30)
    assert unit.behaviour is behaviour.normal


def test_stuck_values_stand_still_while_the_pit_fills(tmp_path: Path) -> None:
    plant = small_plant(tmp_path, "- {at: 5s, fault: value_stuck, target: pit, for: 60s}")
    pit = plant.equipment["pit"]
    assert isinstance(pit, SumpPit)
    run_for(plant, 6)
    shown = pit.bank.read(Table.INPUT, 0, 12)
    run_for(plant, 50)
    assert pit.bank.read(Table.INPUT, 0, 12) == shown
    assert pit.level > 0.95
    run_for(plant, 10)
    assert pit.bank.read(Table.INPUT, 0, 1) == [round(pit.level * 1000)]


def test_a_drill_ends_by_itself_or_by_hand(tmp_path: Path) -> None:
    plant = small_plant(tmp_path)
    plant.inject("leak", "wet", {}, lasts=10)
    plant.inject("lamps_failed", "coils", {"to": "50"})
    run_for(plant, 11)
    assert active(plant) == {("lamps_failed", "coils")}
    plant.clear("lamps_failed", "coils")
    assert active(plant) == set()


def test_a_second_drill_is_not_cut_short_by_the_end_of_the_first(tmp_path: Path) -> None:
    plant = small_plant(tmp_path)
    plant.inject("leak", "wet", {}, lasts=10)
    run_for(plant, 5)
    plant.inject("leak", "wet", {}, lasts=60)
    run_for(plant, 20)
    assert active(plant) == {("leak", "wet")}


@pytest.mark.parametrize(
    ("fault", "target", "arguments", "message"),
    [
        ("leak", "nowhere", {}, "unknown target 'nowhere'"),
        ("fire", "wet", {}, "'wet' has no fault 'fire'"),
        ("lamps_failed", "coils", {"to": "101"}, "outside 0..100"),
        ("lamps_failed", "coils", {"till": "9"}, "unknown field 'till'"),
    ],
)
def test_a_drill_that_names_something_unknown_changes_nothing(
    tmp_path: Path, fault: str, target: str, arguments: dict[str, str], message: str
) -> None:
    plant = small_plant(tmp_path)
    with pytest.raises(DrillError, match=message):
        plant.inject(fault, target, arguments)
    assert active(plant) == set()


def test_what_is_not_active_cannot_be_cleared(tmp_path: Path) -> None:
    with pytest.raises(DrillError, match="not active"):
        small_plant(tmp_path).clear("leak", "wet")


def test_the_same_seed_gives_the_same_plant(tmp_path: Path) -> None:
    one, other = small_plant(tmp_path), small_plant(tmp_path)
    for plant in (one, other):
        run_for(plant, 600)
    for unit in one.units:
        for table in Table:
            for address in range(100):
                read = [p.units[unit].bank.read(table, address, 1) for p in (one, other)]
                assert read[0] == read[1]


def test_the_gateway_and_the_number_of_a_unit_are_targets(tmp_path: Path) -> None:
    plant = small_plant(
        tmp_path,
        """
        - {at: 1s, fault: half_open, target: modbus, for: 5s}
        - {at: 2s, fault: short_count, target: 11, for: 2s, missing: 1}
        """,
    )
    run_for(plant, 3)
    assert active(plant) == {("half_open", "modbus"), ("short_count", "meter")}
    run_for(plant, 5)
    assert active(plant) == set()
    plant.inject("garbage", "3", {"bytes": "9"})
    assert active(plant) == {("garbage", "pit")}
    plant.clear("garbage", "3")
    assert plant.bus.behaviour is behaviour.normal


def test_the_fault_that_began_last_is_seen(tmp_path: Path) -> None:
    plant = small_plant(tmp_path)
    request = Request(1, 3, b"\x04\x00\x00\x00\x01")
    right = request.frame(b"\x04\x02\x00\x00")
    for name in ("not_answering", "duplicate", "not_answering"):
        plant.inject(name, "pit", {})
    assert plant.units[3].behaviour(request, right) == ()
    plant.clear("not_answering", "pit")
    assert plant.units[3].behaviour(request, right)[0].data == right + right
