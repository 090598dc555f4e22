"""Lamp zones: the same lamps on coils and on packed words."""

import random

import pytest

from simulators.equipment.base import NoArguments
from simulators.equipment.lighting import (
    LAMPS,
    LampsFailed,
    LampsOnCoils,
    LampsOnWords,
    LampZone,
    ZoneParameters,
)
from simulators.wire.registers import Table


def make(kind: type[LampZone], hours: str = "always", failed: int = 1) -> LampZone:
    return kind("zone", random.Random(5), ZoneParameters(unit=21, hours=hours, failed=failed))


def unpacked(words: list[int]) -> list[int]:
    return [words[lamp // 16] >> (lamp % 16) & 1 for lamp in range(LAMPS)]


def test_coils_and_words_show_the_same_lamps() -> None:
    coils, words = make(LampsOnCoils), make(LampsOnWords)
    for zone in (coils, words):
        zone.inject("lamps_failed", LampsFailed())
        zone.advance(1, 12)
    shown = coils.bank.read(Table.COIL, 0, LAMPS)
    packed = words.bank.read(Table.HOLDING, 1, 8)
    assert packed is not None
    assert shown == unpacked(packed) == [int(lamp) for lamp in coils.working]
    assert packed[7] >> 8 == 0, "the last eight bits are spare"


def test_lamps_fail_down_to_92_percent_and_are_repaired() -> None:
    zone = make(LampsOnCoils)
    assert sum(zone.working) == 119
    zone.inject("lamps_failed", LampsFailed(to=92))
    zone.advance(1, 12)
    working = sum(zone.bank.read(Table.COIL, 0, LAMPS) or [])
    assert working == 110
    assert working / LAMPS <= 0.92
    zone.clear("lamps_failed")
    zone.advance(1, 12)
    assert sum(zone.bank.read(Table.COIL, 0, LAMPS) or []) == 119


def test_a_milder_failure_than_the_zone_already_has_repairs_nothing() -> None:
    zone = make(LampsOnCoils, failed=12)
    zone.inject("lamps_failed", LampsFailed(to=99))
    assert sum(zone.working) == 108


def test_the_seed_chooses_the_lamps() -> None:
    assert make(LampsOnCoils).working == make(LampsOnCoils).working
    other = LampsOnCoils("zone", random.Random(6), ZoneParameters(unit=21, failed=10))
    assert other.working != make(LampsOnCoils, failed=10).working


@pytest.mark.parametrize(("hour", "commanded"), [(12.0, 0), (18.0, 1), (23.5, 1), (6.4, 1), (6.5, 0)])
def test_the_zone_is_commanded_on_by_the_hour(hour: float, commanded: int) -> None:
    zone = make(LampsOnWords, hours="18:00-06:30")
    zone.advance(1, hour)
    assert zone.bank.read(Table.HOLDING, 0, 1) == [commanded]


def test_a_zone_may_be_switched_off_by_hand() -> None:
    zone = make(LampsOnCoils)
    zone.inject("commanded_off", NoArguments())
    zone.advance(1, 12)
    assert zone.bank.read(Table.HOLDING, 0, 1) == [0]
