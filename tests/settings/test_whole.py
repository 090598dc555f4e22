"""good/whole: what each key becomes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from monitor.domain.duty import Always, ShiftPattern
from monitor.domain.inspection import AnswerKind, Compare
from monitor.domain.notification import Unless
from monitor.domain.point import Kind
from monitor.domain.rules import AlarmKind, AlarmRule, Priority
from monitor.settings import describe
from monitor.settings.site import Site
from tests.settings.models import HERE, load_fixture


@pytest.fixture
def site(secrets: Path) -> Site:
    return load_fixture(HERE / "good/whole", secrets)


def rules(site: Site, equipment: str) -> dict[str, AlarmRule]:
    return {rule.id.removeprefix(f"{equipment}."): rule for rule in site.equipment[equipment].rules}


def test_site_and_stores(site: Site) -> None:
    assert site.name == {"en": "Whole", "zh-Hant": "全站"}
    assert site.listen == ("::1", 8080)
    assert site.grade.lamps == 0.975
    assert site.grade.urgent_on_site == 1200.0
    assert site.grade.lamp_repair == 172800.0
    assert site.historian.retention == 400 * 86400.0


def test_secrets_are_read_and_never_shown(site: Site) -> None:
    assert site.journal.password is not None
    assert site.journal.password.value == "geheim-db"
    assert site.historian.token is not None
    assert site.historian.token.value == "geheim-token"
    assert site.connections["plant"].settings.password.get_secret_value() == "geheim-bus"
    assert site.channels["duty-sms"].settings.password.get_secret_value() == "geheim-sms"
    assert "geheim" not in repr(site) + str(site) + describe(site)


def test_sections_join_over_the_files(site: Site) -> None:
    assert set(site.connections) == {"plant", "air", "spare"}
    assert list(site.equipment) == ["m-1", "zone-a", "d-1", "c-1"]
    assert set(site.channels) == {"phone", "duty-sms"}


def test_equipment_fields(site: Site) -> None:
    meter = site.equipment["m-1"]
    assert meter.source.settings.device_id == 11
    assert meter.source.interval == 0.5
    assert meter.ledger == {"installed": "2019-06-01", "number": "007", "maker": "Eastron"}
    assert (meter.system, site.equipment["zone-a"].system) == ("other", "lighting")


def test_a_site_puts_its_own_type_in_the_place_of_ours(site: Site) -> None:
    meter = site.equipment["m-1"]
    assert meter.type_title == {"": "Our own meter"}
    assert meter.source.sources[0].settings.read == "input:10"
    assert "types/meter.yml replaces the type meter that comes with the program" in site.notices


def test_other_directories_are_noticed(site: Site) -> None:
    assert any(notice.startswith("attic/ is not read") for notice in site.notices)
    assert "connection spare has no equipment" in site.notices


def test_stale_after_is_the_points_or_the_equipments_or_the_types_or_by_the_interval(site: Site) -> None:
    def stale(equipment: str, key: str) -> float:
        plan = site.equipment[equipment].source.plan
        return plan.points[plan.index[key]].stale_after

    assert stale("c-1", "temp") == 60.0  # the point's own
    assert stale("c-1", "word") == 120.0  # the type's
    assert stale("m-1", "voltage") == 10.0  # at least 10 s
    assert stale("zone-a", "lamp_1") == 60.0  # three intervals
    assert stale("d-1", "leak") == 25 * 3600.0
    assert stale("d-1", "online") == float("inf")  # the driver knows


def test_two_repeats_multiply_in_order(site: Site) -> None:
    source = site.equipment["c-1"].source
    bits = [(one.point.key, one.settings.read) for one in source.sources if one.point.key.startswith("bit_")]
    assert bits == [
        ("bit_1_0", "coil:16"),
        ("bit_1_1", "coil:17"),
        ("bit_1_2", "coil:18"),
        ("bit_1_3", "coil:19"),
        ("bit_2_0", "coil:20"),
        ("bit_2_1", "coil:21"),
        ("bit_2_2", "coil:22"),
        ("bit_2_3", "coil:23"),
    ]
    assert source.plan.points[source.plan.index["bit_2_3"]].label == {"en": "Cabinet 2 bit 3"}


def test_a_repeat_named_in_the_drivers_fields_is_filled_in(site: Site) -> None:
    source = site.equipment["c-1"].source
    named = [(s.point.key, s.settings.read) for s in source.sources if s.point.key.startswith("named")]
    assert named == [("named_7", "coil:107"), ("named_8", "coil:108")]


def test_sources_follow_the_plan(site: Site) -> None:
    for equipment in site.equipment.values():
        source = equipment.source
        assert [one.point for one in source.sources] == list(source.plan.points)


def test_topic_patterns_are_filled_from_the_equipment(site: Site) -> None:
    source = site.equipment["d-1"].source
    assert set(source.groups) == {"site/d-1", "site/d-1/availability"}
    assert source.groups["site/d-1"].time == "at"
    assert [one.group for one in source.sources] == ["site/d-1", "site/d-1", "site/d-1/availability"]


def test_kinds_and_states(site: Site) -> None:
    points = site.equipment["c-1"].source.plan.points
    kinds = {point.key: point.kind for point in points}
    assert (kinds["temp"], kinds["word"], kinds["bit_1_0"]) == (Kind.ANALOG, Kind.DISCRETE, Kind.DISCRETE)
    assert next(point.states for point in points if point.key == "word") == {"0": "off", "1": "on"}


def test_set_changes_single_fields(site: Site) -> None:
    meter = rules(site, "m-1")
    assert meter["undervoltage"].priority is Priority.CRITICAL
    assert meter["undervoltage"].condition.limit == 200.0  # type: ignore[union-attr]
    assert meter["undervoltage"].on_delay == 2.0
    assert meter["comm"].on_delay == 120.0
    assert meter["tripped"].title == {"en": "Tripped!"}
    assert "voltage_fault" not in meter
    assert "trip_fault" in meter


def test_roster(site: Site) -> None:
    crews, always = site.roster.entries
    assert crews == ShiftPattern(
        role="electrician",
        shifts={"day": (360, 840), "late": (840, 1320), "night": (1320, 360)},
        crews=(("a",), ("b",), ("c",)),
        rotate_days=7,
        start=date(2026, 1, 1),
    )
    assert always == Always("manager", ("b",))
    assert site.roster.timezone == "Europe/Berlin"
    assert {p.id: p.language for p in site.roster.people.values()} == {"a": "en", "b": "zh-Hans", "c": "en"}


def test_escalation(site: Site) -> None:
    water, rest = site.policies
    assert water.over
    assert water.match.priorities == {Priority.CRITICAL}
    assert water.match.kinds == {AlarmKind.LEAK, AlarmKind.LIMIT}
    assert water.match.systems == {"water"}
    assert water.match.equipment == {"d-1"}
    assert [(step.after, step.unless) for step in water.steps] == [(0.0, None), (180.0, Unless.RECEIPT)]
    assert [(step.channel, step.fallback) for step in water.steps] == [
        ("duty-sms", ("phone",)),
        ("phone", ()),
    ]
    assert rest.match.priorities == frozenset()


def test_rounds_and_their_alarms(site: Site) -> None:
    nightly, thrice = site.rounds
    assert nightly.windows == ((1350, 30), (240, 300))
    assert (thrice.times_a_day, thrice.spacing) == (3, 21600.0)
    assert [rule.id for rule in site.round_rules] == ["nightly.missed", "thrice.missed"]
    missed = site.round_rules[0]
    assert (missed.kind, missed.incident, missed.priority) == (AlarmKind.INSPECTION, True, Priority.MEDIUM)
    assert (missed.on_delay, missed.off_delay) == (0.0, 0.0)
    assert set(missed.card.action) == {"en", "zh-Hant", "zh-Hans"}


def test_checkpoints(site: Site) -> None:
    door = site.checkpoints["door"]
    assert (door.token, site.checkpoints["gate"].token) == ("K7", "gate")
    assert [item.answer for item in door.items] == [AnswerKind.OK, AnswerKind.NUMBER, AnswerKind.CHOICE]
    assert door.items[1].compare == Compare("m-1.voltage", 5.0)


def test_what_check_says(site: Site) -> None:
    text = describe(site)
    for part in (
        "4 pieces, 38 points",
        "plant (bus): 3 pieces, 35 points",
        "1 every 500ms",
        "air (radio): 1 piece, 3 points, 6 rules; speaks by itself",
        "influxdb2+s://history.example:8086/house/readings, kept 400d",
        "lamps at least 97.5 % working",
        "nightly (Night): 2 checkpoints, electrician, 22:30-00:30, 04:00-05:00, grace 10m",
        "electrician: day 06:00-14:00, late 14:00-22:00, night 22:00-06:00, 3 crews in turn",
        "manager by phone after 3m unless receipt",
        "types/meter.yml replaces the type meter",
        "nightly (Night)",
    ):
        assert part in text
