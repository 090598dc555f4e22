"""Whom to call and how long there is: cards of types, of equipment, of kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.domain.rules import Card
from monitor.settings.grades import GRADES
from monitor.settings.problems import ConfigurationError
from tests.settings.test_rules import rules_of

STAFF = """people:
  - {id: chen, name: Chen, phone: "+8613800000001", language: en, roles: [plumber]}
roster:
  - {role: plumber, always: [chen]}
"""


def cards_of(tmp_path: Path, card: str, extra: str = "") -> Card:
    """The card of a rule with this one, at a site with a plumber."""
    (tmp_path / "people.yaml").write_text(STAFF, encoding="utf-8")
    alarms = f"  a: {{rule: high, point: temp, limit: 40, card: {card}}}\n"
    return rules_of(tmp_path, "own", extra, alarms)["a"].card


def mistake(tmp_path: Path, card: str, extra: str = "") -> str:
    with pytest.raises(ConfigurationError) as refused:
        cards_of(tmp_path, card, extra)
    [problem] = refused.value.problems
    return str(problem)


def test_whom_to_call_is_a_text_a_role_or_both(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    text = cards_of(tmp_path / "a", "{call: {en: The lift company, zh-Hant: 電梯公司}}")
    assert (text.call, text.role) == ({"en": "The lift company", "zh-Hant": "電梯公司"}, None)
    role = cards_of(tmp_path / "b", "{call: {role: plumber}}")
    assert (role.call, role.role) == ({}, "plumber")
    both = cards_of(tmp_path / "c", "{call: {role: plumber, en: Plumber}}")
    assert (both.call, both.role) == ({"en": "Plumber"}, "plumber")


@pytest.mark.parametrize(
    ("within", "seconds"),
    [("45m", 2700.0), ("grade.urgent_on_site", 1800.0), ("grade.lamp_repair", 2 * 86400.0)],
)
def test_the_time_allowed_is_a_duration_or_a_clock_of_the_grade(
    tmp_path: Path, within: str, seconds: float
) -> None:
    assert cards_of(tmp_path, f"{{within: {within}}}").allowed(GRADES[1].clocks) == seconds


def test_one_field_of_a_card_is_set_for_one_equipment_and_the_others_stay(tmp_path: Path) -> None:
    card = cards_of(
        tmp_path,
        "{cause: {en: Hot}, action: {en: Cool it}, within: 1h}",
        ", set: {a.card.call: {role: plumber}, a.card.within: 10m}",
    )
    assert card == Card({"en": "Hot"}, {}, {"en": "Cool it"}, {}, "plumber", 600.0)


def test_a_card_that_says_only_when_keeps_what_its_kind_says(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "meter", ", set: {comm.card.within: 2h}")
    assert rules["comm"].card.within == 7200.0
    assert set(rules["comm"].card.action) == {"en", "zh-Hant", "zh-Hans"}
    assert rules["comm"].card.role == "electrician"


@pytest.mark.parametrize(
    ("card", "extra", "said"),
    [
        (
            "{call: {role: plumer}}",
            "",
            "types/own.yaml:10:56: unknown role `plumer` of the roster; did you mean `plumber`?",
        ),
        ("{call: {role: 7}}", "", "expected a role of the roster, not `7`"),
        ("{call: {role: plumber, xx: A}}", "", "unknown language `xx`"),
        ("{within: 30}", "", "30 has no unit"),
        ("{within: 0s}", "", "no time at all is allowed: leave `within` out"),
        ("{within: grade.lamps}", "", "expected one of grade.urgent_on_site, grade.lamp_repair"),
        ("{within: 1h}", ", set: {a.card.within: soon}", "expected a duration such as 500ms"),
        ("{within: 1h}", ", set: {a.card.call: {role: nurse}}", "unknown role `nurse` of the roster"),
    ],
)
def test_what_a_card_says_wrong_is_told_at_its_place(
    tmp_path: Path, card: str, extra: str, said: str
) -> None:
    found = mistake(tmp_path, card, extra)
    assert said in found
    assert found.startswith("site.yaml" if extra else "types/own.yaml:10:")
