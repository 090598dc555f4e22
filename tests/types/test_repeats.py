"""Ten cabinets of sixteen breakers: one line for the points, one line for the alarms, through the whole loader."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import catalogue
from monitor.domain.point import Kind
from monitor.domain.rules import Priority, State, Unreadable
from monitor.settings import ConfigurationError, load
from monitor.settings.site import Site
from tests.types.house import picture, raised

SITE = """
site: {id: here, name: here, timezone: Asia/Shanghai}
journal: {url: "sqlite:journal.db"}
historian: {url: "sqlite:history.db"}
connections: {line: {driver: modbus, url: "tcp://127.0.0.1:1502"}}
equipment:
  - {id: one, type: breakers, name: one, connection: line, device_id: 1, set: {SET}}
"""
TYPE = """
type: breakers
title: Breakers
driver: modbus
source: this test
points:
  breaker_{c}_{n}_tripped: {read: "holding:100", as: bool, bit: 0, repeat: {c: 1-10, n: 1-16},
    label: {en: "Cabinet {c} breaker {n} tripped",
      zh-Hant: "{c} 號櫃 {n} 號開關跳閘", zh-Hans: "{c} 号柜 {n} 号开关跳闸"}}
alarms:
  breaker_{c}_{n}: {rule: state, point: "breaker_{c}_{n}_tripped", is: true, repeat: {c: 1-10, n: 1-16},
    on_delay: 1s, priority: high, latching: true,
    card: {action: {en: "Look at cabinet {c}", zh-Hant: "查看 {c} 號櫃", zh-Hans: "查看 {c} 号柜"}}}
"""


def site(directory: Path, type_: str = TYPE, set_: str = "{}") -> Site:
    (directory / "site.yaml").write_text(SITE.replace("{SET}", set_))
    (directory / "types").mkdir()
    (directory / "types/breakers.yaml").write_text(type_)
    return load(
        directory, catalogue.driver_settings(), catalogue.notifier_settings(), types=catalogue.shipped_types()
    )


def test_a_hundred_and_sixty_points_and_as_many_alarms(tmp_path: Path) -> None:
    one = site(tmp_path).equipment["one"]
    points = {point.key: point for point in one.source.plan.points}
    rules = {rule.id.removeprefix("one."): rule for rule in one.rules}
    assert len(points) == 160
    assert set(rules) == {f"breaker_{c}_{n}" for c in range(1, 11) for n in range(1, 17)} | {
        "breaker_unreadable",
        "comm",
    }
    last = one.source.sources[one.source.plan.index["breaker_10_16_tripped"]].settings
    assert (last.read.address, last.bit) == (109, 15)
    middle = one.source.sources[one.source.plan.index["breaker_3_1_tripped"]].settings
    assert (middle.read.address, middle.bit) == (102, 0)
    assert points["breaker_3_12_tripped"].kind is Kind.DISCRETE
    assert points["breaker_3_12_tripped"].label == {
        "en": "Cabinet 3 breaker 12 tripped",
        "zh-Hant": "3 號櫃 12 號開關跳閘",
        "zh-Hans": "3 号柜 12 号开关跳闸",
    }
    rule = rules["breaker_3_12"]
    assert rule.condition == State("breaker_3_12_tripped", True)
    assert (rule.priority, rule.latching, rule.on_delay) == (Priority.HIGH, True, 1.0)
    assert rule.title == points["breaker_3_12_tripped"].label
    assert rule.card.action["zh-Hans"] == "查看 3 号柜"


def test_what_cannot_be_read_is_one_alarm_not_a_flood(tmp_path: Path) -> None:
    rules = {rule.id: rule for rule in site(tmp_path).equipment["one"].rules}
    rule = rules["one.breaker_unreadable"]
    assert isinstance(rule.condition, Unreadable)
    assert len(rule.condition.points) == 160
    assert rule.priority is Priority.HIGH
    assert rule.title["en"] == ("Cannot be read: Cabinet 1 breaker 1 tripped … Cabinet 10 breaker 16 tripped")
    assert set(rule.card.action) == {"en", "zh-Hant", "zh-Hans"}


async def test_one_bit_is_one_alarm(tmp_path: Path) -> None:
    one = site(tmp_path).equipment["one"]
    seen = await picture(one.source, {"answers": {"holding:102": "0801"}})
    assert raised(one, seen) == {"breaker_3_1", "breaker_3_12"}


async def test_a_refused_cabinet_is_told_once_and_its_alarms_stay_as_they_were(tmp_path: Path) -> None:
    one = site(tmp_path).equipment["one"]
    seen = await picture(one.source, {"answers": {"holding:102": "0001"}, "refuses": ["holding:105"]})
    assert raised(one, seen) == {"breaker_3_1", "breaker_unreadable"}
    assert len(seen.bad) == 16


def test_a_single_one_is_changed_by_set(tmp_path: Path) -> None:
    rules = {
        rule.id: rule
        for rule in site(tmp_path, set_="{breaker_3_12.priority: low, breaker_1_1.enabled: false}")
        .equipment["one"]
        .rules
    }
    assert rules["one.breaker_3_12"].priority is Priority.LOW
    assert rules["one.breaker_3_11"].priority is Priority.HIGH
    assert "one.breaker_1_1" not in rules


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            'breaker_{c}: {rule: state, point: "breaker_{c}_1_trip", is: true, repeat: {c: 1-10}}',
            "unknown point",
        ),
        (
            'breaker_{c}: {rule: state, point: "breaker_{c}_1_tripped", is: true}',
            "`{c}` is not repeated: add repeat: {c: 1-8}",
        ),
        (
            'breaker: {rule: state, point: "breaker_{c}_1_tripped", is: true, repeat: {c: 1-10}}',
            "`{c}` is missing in the rule's name, so that all would be `breaker`",
        ),
        (
            'breaker_{c}: {rule: state, point: "breaker_{c}_1_tripped", is: true, repeat: {c: ten}}',
            "expected first and last number, such as 1-120, not `ten`",
        ),
        (
            'a_{c}: {rule: state, point: "breaker_{c}_1_tripped", is: true, repeat: {c: 1-2}}\n'
            '  a_1: {rule: state, point: "breaker_1_1_tripped", is: true}',
            "rule `a_1` stands twice",
        ),
    ],
)
def test_a_wrong_row_is_told_once(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        site(tmp_path, TYPE[: TYPE.index("alarms:")] + "alarms:\n  " + line)
    assert len(caught.value.problems) == 1
    assert says in caught.value.problems[0].message


def test_what_makes_a_rule_what_it_is_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown field `repeat` of rule `breaker_1_1`"):
        site(tmp_path, set_="{breaker_1_1.repeat: 3}")


COUNTER = """
type: breakers
title: Counter
driver: modbus
source: this test
points:
  energy: {read: "holding:0", as: uint32, scale: 0.01, unit: kWh, KEYS}
"""


@pytest.mark.parametrize(
    ("keys", "rollover"),
    [
        ("kind: counter", None),
        ("kind: counter, rollover: 2^32", 42949672.96),
        ("kind: counter, rollover: 10^6", 10_000),
        ("kind: counter, rollover: 99999", 999.99),
    ],
)
def test_a_roll_over_is_written_in_counts_and_known_in_the_unit(
    tmp_path: Path, keys: str, rollover: float | None
) -> None:
    [point] = site(tmp_path, COUNTER.replace("KEYS", keys)).equipment["one"].source.plan.points
    assert point.rollover == (None if rollover is None else pytest.approx(rollover))


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("rollover: 2^32", "only a counter rolls over: add `kind: counter`"),
        ("kind: counter, rollover: 3^4", "expected a number of counts such as 2^32 or 1000000, not `3^4`"),
        ("kind: counter, rollover: -1", "expected a number of counts"),
    ],
)
def test_a_wrong_roll_over(tmp_path: Path, keys: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        site(tmp_path, COUNTER.replace("KEYS", keys))
    assert says in str(caught.value)


def test_a_register_number_for_an_address_is_hinted_at(tmp_path: Path) -> None:
    text = COUNTER.replace("KEYS", "kind: counter").replace("holding:0", "holding:40071")
    [notice] = [one for one in site(tmp_path, text).notices if "40071" in one]
    assert notice.startswith("types/breakers.yaml:7: point energy: holding:40071 is address 40071")
