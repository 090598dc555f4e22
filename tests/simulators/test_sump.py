"""The pit in virtual time."""

import random

import pytest

from simulators.equipment.base import NoArguments
from simulators.equipment.sump import (
    HighLevel,
    NoLift,
    PitParameters,
    PumpFault,
    SumpPit,
    WeldedContactor,
)
from simulators.wire.registers import Table


def make_pit(**parameters: float) -> SumpPit:
    return SumpPit("pit", random.Random(1), PitParameters(unit=3, **parameters))


def run(pit: SumpPit, seconds: int) -> None:
    for _ in range(seconds):
        pit.advance(1.0, 12.0)


def run_until_level(pit: SumpPit, reached: float, *, rising: bool, limit: int = 3600) -> None:
    for _ in range(limit):
        if (pit.level >= reached) if rising else (pit.level <= reached):
            return
        pit.advance(1.0, 12.0)
    raise AssertionError(f"the level is {pit.level:.2f} m after {limit} s")


def running(pit: SumpPit) -> list[bool]:
    return [pump.running for pump in pit.pumps]


def test_water_fills_the_pit_while_no_pump_runs() -> None:
    pit = make_pit(level=0.6)
    run(pit, 30)
    assert 0.6 < pit.level < 1.2
    assert running(pit) == [False, False]


def test_the_start_float_calls_the_duty_pump_and_the_stop_float_ends_its_run() -> None:
    pit = make_pit(level=1.1)
    run_until_level(pit, 1.2, rising=True)
    run(pit, 2)
    assert running(pit) == [True, False]
    run_until_level(pit, 0.5, rising=False)
    run(pit, 2)
    assert running(pit) == [False, False]


def test_duty_and_standby_change_places_after_each_run() -> None:
    pit = make_pit(level=1.3)
    starts = [pump.starts for pump in pit.pumps]
    run(pit, 1)
    assert running(pit) == [True, False]
    run_until_level(pit, 0.5, rising=False)
    run_until_level(pit, 1.2, rising=True)
    run(pit, 1)
    assert running(pit) == [False, True]
    assert [pump.starts - before for pump, before in zip(pit.pumps, starts, strict=True)] == [1, 1]


def test_the_second_float_calls_both_pumps() -> None:
    pit = make_pit(level=1.85)
    run(pit, 1)
    assert running(pit) == [True, True]


def test_run_hours_count_only_while_running() -> None:
    pit = make_pit(level=2.0, inflow=25)
    before = [pump.hours for pump in pit.pumps]
    run(pit, 36)
    gained = [pump.hours - hours for pump, hours in zip(pit.pumps, before, strict=True)]
    assert gained == pytest.approx([0.01, 0.01], abs=1e-6)


def test_the_standby_takes_over_from_a_faulted_duty_pump() -> None:
    pit = make_pit(level=1.3)
    run(pit, 1)
    pit.inject("pump_fault", PumpFault())
    run(pit, 1)
    assert running(pit) == [False, True]
    assert pit.bank.read(Table.DISCRETE, 6, 2) == [1, 0]
    pit.clear("pump_fault")
    run(pit, 1)
    assert pit.bank.read(Table.DISCRETE, 6, 2) == [0, 0]
    assert running(pit) == [True, False]


def test_a_surge_rises_over_the_overflow_float_and_goes_down_again() -> None:
    pit = make_pit(level=1.0)
    pit.inject("high_level", HighLevel())
    run_until_level(pit, 2.6, rising=True, limit=180)
    run(pit, 1)
    assert pit.bank.read(Table.DISCRETE, 0, 4) == [1, 1, 1, 1]
    pit.clear("high_level")
    run_until_level(pit, 1.0, rising=False, limit=300)
    run(pit, 1)
    assert pit.bank.read(Table.DISCRETE, 0, 4) == [1, 0, 0, 0]


def test_the_level_never_leaves_the_pit() -> None:
    pit = make_pit(level=3.0)
    pit.inject("high_level", HighLevel(inflow=900))
    run(pit, 60)
    assert pit.level == 3.2


def test_registers_tell_the_state() -> None:
    pit = make_pit(level=1.3)
    run(pit, 1)
    level, amps_1, amps_2, spare = pit.bank.read(Table.INPUT, 0, 4) or []
    assert level == round(pit.level * 1000)
    assert 120 <= amps_1 <= 128
    assert (amps_2, spare) == (0, 0)
    high, low = pit.bank.read(Table.INPUT, 8, 2) or []
    assert (high << 16) + low == pit.pumps[0].starts
    assert pit.bank.read(Table.DISCRETE, 4, 6) == [1, 0, 0, 0, 1, 0]
    assert pit.bank.read(Table.HOLDING, 0, 2) == [1, 1]


def test_a_broken_probe_says_so_and_the_floats_go_on() -> None:
    pit = make_pit(level=1.3)
    pit.inject("probe_broken", NoArguments())
    run(pit, 1)
    assert pit.bank.read(Table.INPUT, 0, 1) == [0x8000]
    assert pit.bank.read(Table.DISCRETE, 1, 1) == [1]


def test_a_stuck_probe_stays_where_it_was_and_the_water_moves() -> None:
    pit = make_pit(level=1.3)
    pit.inject("probe_stuck", NoArguments())
    run(pit, 60)
    assert pit.bank.read(Table.INPUT, 0, 1) == [1300]
    assert pit.level < 1.1
    pit.clear("probe_stuck")
    run(pit, 1)
    assert pit.bank.read(Table.INPUT, 0, 1) == [round(pit.level * 1000)]


def test_a_blocked_pump_turns_and_lifts_nothing() -> None:
    pit = make_pit(level=1.3)
    pit.inject("no_lift", NoLift(pump="1"))
    run(pit, 20)
    assert running(pit) == [True, False]
    assert pit.level > 1.3


def test_a_welded_contactor_keeps_the_pump_running_without_a_call() -> None:
    pit = make_pit(level=0.6, inflow=0)
    pit.inject("run_without_call", WeldedContactor(pump="2"))
    run(pit, 60)
    assert running(pit) == [False, True]
    assert pit.bank.read(Table.DISCRETE, 4, 6) == [0, 1, 0, 0, 0, 0]
    pit.clear("run_without_call")
    assert running(pit) == [False, False]


def test_levels_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        PitParameters(unit=3, start=0.4)
