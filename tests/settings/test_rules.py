"""Rules of a type and the ones that come by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Comm,
    High,
    Leak,
    Low,
    Priority,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
)
from tests.settings.models import load_fixture

SITE = "site: {id: s, name: S, timezone: Asia/Shanghai, grade: 2}\n"
CONNECTIONS = """connections:
  plant: {driver: bus, url: "tcp://10.0.0.1"}
  air: {driver: radio, url: "mqtt://10.0.0.2", client_id: s}
"""
EQUIPMENT = {
    "meter": "{id: x, type: meter, name: X, connection: plant, device_id: 1",
    "zone": "{id: x, type: zone, name: X, connection: plant, device_id: 1",
    "drop": "{id: x, type: drop, name: X, connection: air, topic: t",
    "own": "{id: x, type: own, name: X, connection: plant, device_id: 1",
}
POINTS = """type: own
title: Own
driver: bus
source: x
points:
  temp: {read: "input:0", as: float32, range: [0, 50], label: {zh-Hant: 溫度}}
  raw:  {read: "input:2", as: float32, stale_after: 30s}
  wet:  {read: "coil:0", as: bool}
alarms:
"""


def rules_of(tmp_path: Path, type_name: str, extra: str = "", alarms: str = "") -> dict[str, AlarmRule]:
    """The rules of one equipment of a type, by their id within it."""
    (tmp_path / "site.yaml").write_text(
        f"{SITE}{CONNECTIONS}equipment:\n  - {EQUIPMENT[type_name]}{extra}}}\n", encoding="utf-8"
    )
    if alarms:
        (tmp_path / "types").mkdir()
        (tmp_path / "types/own.yaml").write_text(POINTS + alarms, encoding="utf-8")
    rules = load_fixture(tmp_path).equipment["x"].rules
    assert all(rule.id.startswith("x.") and rule.equipment == "x" for rule in rules)
    return {rule.id.removeprefix("x."): rule for rule in rules}


def test_every_equipment_has_a_communication_alarm(tmp_path: Path) -> None:
    comm = rules_of(tmp_path, "meter")["comm"]
    assert (comm.kind, comm.condition, comm.on_delay, comm.priority) == (
        AlarmKind.COMM,
        Comm(),
        60.0,
        Priority.HIGH,
    )
    assert set(comm.card.cause) == set(comm.title) == {"en", "zh-Hant", "zh-Hans"}


def test_polled_equipment_has_no_stale_alarm_unless_a_point_says_so(tmp_path: Path) -> None:
    assert "stale" not in rules_of(tmp_path, "meter")


def test_a_polled_point_with_its_own_stale_after_is_watched(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "own", alarms="  a: {rule: high, point: temp, limit: 40}\n")
    assert rules["stale"].condition == Stale(("raw",))


def test_pushed_equipment_is_watched_for_silence_but_not_its_availability(tmp_path: Path) -> None:
    stale = rules_of(tmp_path, "drop")["stale"]
    assert (stale.kind, stale.priority) == (AlarmKind.STALE, Priority.MEDIUM)
    assert stale.condition == Stale(("leak", "battery"))


def test_a_point_with_rules_has_a_sensor_fault_of_their_highest_priority(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "meter")
    fault = rules["voltage_fault"]
    assert fault.condition == SensorFault("voltage")
    assert (fault.kind, fault.priority, fault.on_delay) == (AlarmKind.QUALITY, Priority.CRITICAL, 30.0)
    assert fault.title["zh-Hant"] == "傳感器故障：電壓"
    assert "serial_fault" not in rules


def test_the_sensor_fault_follows_what_is_set(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "meter", extra=", set: {very_low.enabled: false}")
    assert "very_low" not in rules
    assert rules["voltage_fault"].priority is Priority.HIGH


def test_the_share_of_lamps_may_differ_by_the_hour_and_the_zone(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        "zone",
        extra=', set: {lamps.limit_at: [{during: "18:00-23:00", limit: 98}, {during: night, limit: grade.lamps}]}',
    )
    condition = rules["lamps"].condition
    assert isinstance(condition, AvailabilityBelow)
    assert [limit for _, limit in condition.limit_at] == [0.98, 0.9]
    assert next(hours.windows for hours, _ in condition.limit_at) == ((1080, 1380),)


def test_availability_takes_the_grades_limit_and_watches_for_the_unknown(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "zone")
    lamps = tuple(f"lamp_{n}" for n in range(1, 21))
    assert rules["lamps"].condition == AvailabilityBelow(lamps, "commanded", 0.9)
    assert rules["lamps_unknown"].condition == TooManyUnknown(lamps, "commanded", 0.2)
    assert rules["lamps_unknown"].kind is AlarmKind.QUALITY
    assert set(rules) == {"lamps", "lamps_unknown", "comm", "commanded_fault"}


def test_automatic_rules_can_be_set(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "zone", extra=", set: {lamps_unknown.limit: 50, comm.priority: low}")
    assert rules["lamps_unknown"].condition.limit == 0.5  # type: ignore[union-attr]
    assert rules["comm"].priority is Priority.LOW


@pytest.mark.parametrize(("written", "limit"), [("95", 0.95), ("0.95", 0.95), ("100", 1.0), ("1", 1.0)])
def test_a_share_is_per_cent_above_one(tmp_path: Path, written: str, limit: float) -> None:
    rules = rules_of(tmp_path, "zone", extra=f", set: {{lamps.limit: {written}}}")
    assert rules["lamps"].condition.limit == limit  # type: ignore[union-attr]


def test_a_leak_needs_two_reads_where_we_poll_and_one_message_where_it_speaks(tmp_path: Path) -> None:
    polled = rules_of(tmp_path, "own", alarms="  a: {rule: leak, point: wet}\n")["a"]
    assert polled.condition == Leak("wet", 2)
    assert (polled.on_delay, polled.off_delay, polled.latching, polled.priority) == (
        0.0,
        10.0,
        True,
        Priority.CRITICAL,
    )


def test_a_leak_by_message(tmp_path: Path) -> None:
    leak = rules_of(tmp_path, "drop")["leak"]
    assert leak.condition == Leak("leak", 1)
    assert leak.title == {"en": "Leak: Water", "zh-Hant": "漏水：水浸", "zh-Hans": "漏水：水浸"}


@pytest.mark.parametrize(
    ("alarm", "condition"),
    [
        ("{rule: high, point: temp, limit: 40}", High("temp", 40.0, 1.0)),
        ("{rule: low, point: temp, limit: 10, deadband: 0}", Low("temp", 10.0, 0.0)),
        ("{rule: high, point: raw, limit: 40}", High("raw", 40.0, 0.0)),
        ("{rule: state, point: wet, is: false}", State("wet", False)),
        ("{rule: stale, points: [temp, raw]}", Stale(("temp", "raw"))),
        ("{rule: unknown, points: wet}", TooManyUnknown(("wet",), None, 0.2)),
        ("{rule: fault, point: temp}", SensorFault("temp")),
    ],
)
def test_conditions(tmp_path: Path, alarm: str, condition: object) -> None:
    rule = rules_of(tmp_path, "own", alarms=f"  a: {alarm}\n")["a"]
    assert rule.condition == condition
    assert rule.priority is Priority.MEDIUM
    assert rule.off_delay == 10.0


def test_a_rule_of_the_type_takes_the_place_of_the_automatic_one(tmp_path: Path) -> None:
    alarms = "  comm: {rule: comm, on_delay: 10m, priority: low}\n  temp_fault: {rule: fault, point: temp, on_delay: 1m}\n"
    rules = rules_of(tmp_path, "own", alarms=alarms + "  hot: {rule: high, point: temp, limit: 40}\n")
    assert (rules["comm"].on_delay, rules["comm"].priority) == (600.0, Priority.LOW)
    assert rules["temp_fault"].on_delay == 60.0


def test_a_title_is_made_of_the_label_in_the_nearest_language(tmp_path: Path) -> None:
    rule = rules_of(tmp_path, "own", alarms="  hot: {rule: high, point: temp, limit: 40}\n")["hot"]
    assert rule.title == {"en": "temp high", "zh-Hant": "溫度過高", "zh-Hans": "溫度过高"}
