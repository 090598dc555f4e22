"""The distribution room in virtual time."""

import random
import struct

import pytest

from simulators.equipment.base import NoArguments
from simulators.equipment.load import load_of_hour
from simulators.equipment.power import (
    BreakerTrip,
    Meter,
    MeterParameters,
    RoomParameters,
    RoomUnit,
    Undervoltage,
    WindingHot,
)
from simulators.wire.registers import Table


def make_meter() -> Meter:
    return Meter("meter", random.Random(1), MeterParameters(unit=11, energy=1000.0))


def make_room() -> RoomUnit:
    return RoomUnit("room", random.Random(1), RoomParameters(unit=12))


def read_float(meter: Meter, address: int) -> float:
    words = meter.bank.read(Table.INPUT, address, 2)
    assert words is not None
    value: float = struct.unpack(">f", struct.pack(">HH", *words))[0]
    return value


def test_the_load_follows_the_hour() -> None:
    meter = make_meter()
    meter.advance(1, 3.0)
    night = meter.power
    meter.advance(1, 20.0)
    assert meter.power > 3 * night


def test_the_load_profile_has_no_jumps() -> None:
    steps = [load_of_hour(h / 100 % 24) - load_of_hour((h + 1) / 100 % 24) for h in range(2400)]
    assert max(abs(step) for step in steps) < 0.01


def test_the_meter_shows_volts_amperes_and_watts_that_agree() -> None:
    meter = make_meter()
    meter.advance(1, 20.0)
    assert read_float(meter, 0) == pytest.approx(231, abs=1)
    for phase in range(3):
        volts, amps, watts = (read_float(meter, base + 2 * phase) for base in (0, 6, 12))
        assert watts == pytest.approx(volts * amps * read_float(meter, 62), rel=1e-4)
    assert read_float(meter, 52) == pytest.approx(sum(read_float(meter, a) for a in (12, 14, 16)), rel=1e-5)
    assert read_float(meter, 70) == pytest.approx(50, abs=0.05)


def test_energy_is_the_integral_of_power() -> None:
    meter = make_meter()
    used = 0.0
    for _ in range(60):
        meter.advance(60, 20.0)
        used += meter.power / 1000 / 60
    assert read_float(meter, 342) == pytest.approx(1000 + used, abs=0.01)
    assert used > 250


def test_voltage_faults_show_and_go() -> None:
    meter = make_meter()
    meter.inject("undervoltage", Undervoltage(to=187))
    meter.advance(1, 12)
    assert read_float(meter, 0) == pytest.approx(187, abs=1)
    meter.clear("undervoltage")
    meter.inject("phase_loss", NoArguments())
    meter.advance(1, 12)
    assert read_float(meter, 0) == pytest.approx(231, abs=1)
    assert read_float(meter, 2) < 5
    assert read_float(meter, 8) == 0
    meter.clear("phase_loss")
    meter.advance(1, 12)
    assert read_float(meter, 2) == pytest.approx(231, abs=1)


def test_a_meter_gives_at_most_80_registers_and_has_a_hole_before_the_totals() -> None:
    meter = make_meter()
    assert meter.bank.max_registers == 80
    assert meter.bank.read(Table.INPUT, 0, 80) is not None
    assert meter.bank.read(Table.INPUT, 300, 2) is None
    assert meter.bank.read(Table.INPUT, 342, 2) is not None


def test_windings_heat_up_without_cooling_and_cool_down_after() -> None:
    room = make_room()
    room.inject("winding_hot", WindingHot())
    for _ in range(180):
        room.advance(1, 12)
    assert all(value > 150 for value in room.windings)
    assert (room.bank.read(Table.INPUT, 0, 1) or [0])[0] == pytest.approx(10 * room.windings[0], abs=2)
    room.clear("winding_hot")
    for _ in range(3600):
        room.advance(1, 12)
    assert all(value < 100 for value in room.windings)


def test_a_tripped_feeder_opens_and_sets_its_bit_and_the_common_bit() -> None:
    room = make_room()
    assert room.bank.read(Table.INPUT, 8, 2) == [0b0111_1111_1111_1011, 0]
    room.inject("breaker_trip", BreakerTrip(breaker="feeder_3"))
    room.advance(1, 12)
    assert room.bank.read(Table.INPUT, 8, 2) == [0b0111_1111_1101_1011, 0b1000_0000_0010_0000]
    room.clear("breaker_trip")
    room.advance(1, 12)
    assert room.bank.read(Table.INPUT, 8, 2) == [0b0111_1111_1111_1011, 0]


def test_a_tripped_incomer_is_not_a_feeder() -> None:
    room = make_room()
    room.inject("breaker_trip", BreakerTrip(breaker="incomer_2"))
    room.advance(1, 12)
    assert room.bank.read(Table.INPUT, 8, 2) == [0b0111_1111_1111_1001, 0b10]


def test_smoke_water_and_a_broken_probe_show() -> None:
    room = make_room()
    for fault in ("smoke", "trench_water", "probe_broken"):
        room.inject(fault, NoArguments())
    room.advance(1, 12)
    assert (room.bank.read(Table.DISCRETE, 0, 2)) == [1, 1]
    assert room.bank.read(Table.INPUT, 0, 1) == [0x7FFF]
    for fault in ("smoke", "trench_water", "probe_broken"):
        room.clear(fault)
    room.advance(1, 12)
    assert room.bank.read(Table.DISCRETE, 0, 2) == [0, 0]
    assert room.bank.read(Table.INPUT, 0, 1) != [0x7FFF]


def test_a_negative_temperature_is_twos_complement() -> None:
    room = make_room()
    room.room = -5.0
    room.show()
    word = (room.bank.read(Table.INPUT, 3, 1) or [0])[0]
    assert word - 0x10000 == pytest.approx(-50, abs=2)
