"""Rules that equipment of a type has alike are held once."""

from __future__ import annotations

import pytest

from monitor.domain.rules import AlarmKind, AlarmRule, High, Priority, Reported, State
from monitor.domain.ruleset import EquipmentRules, Rulebook, Ruleset


def rule(name: str, condition: object = None, equipment: str = "") -> AlarmRule:
    condition = condition or State("b1", True)
    return AlarmRule(name, equipment, AlarmKind.STATE, condition, Priority.LOW)  # type: ignore[arg-type]


PANEL = Ruleset([rule("t1"), rule("t2", High("p", 1.0)), rule("t3")])


def test_a_rule_of_an_equipment_is_made_when_asked_for_and_shares_what_it_judges() -> None:
    ours, theirs = PANEL.of("p-1"), PANEL.of("p-2")
    assert [one.id for one in ours] == ["p-1.t1", "p-1.t2", "p-1.t3"]
    assert ours[1].equipment == "p-1"
    assert ours[1].condition is theirs[1].condition is PANEL.rules[1].condition
    assert [one.id for one in ours[1:]] == ["p-1.t2", "p-1.t3"]
    assert ours[-1] == rule("p-1.t3", equipment="p-1")
    assert list(ours.ids()) == [one.id for one in ours]
    assert len(ours) == 3


def test_it_is_found_by_its_whole_id_only() -> None:
    ours = PANEL.of("p-1")
    assert ours.place("p-1.t3") == 2
    assert ours.place("p-2.t3") is None
    assert ours.place("t3") is None
    assert ours.place("p-1.t4") is None


def test_equal_are_those_of_one_name_with_equal_rules() -> None:
    again = Ruleset([rule("t1"), rule("t2", High("p", 1.0)), rule("t3")])
    assert PANEL.of("p-1") == again.of("p-1")
    assert PANEL.of("p-1") != again.of("p-2")
    assert PANEL.of("p-1") != again.of("p-1").without("p-1.t1")
    assert PANEL.places is again.places, "told once for all with the same ids"


def test_of_a_kind() -> None:
    book = Rulebook([PANEL.of("p-1"), PANEL.of("p-2")])
    assert [one.id for one in book.having(High)] == ["p-1.t2", "p-2.t2"]


def test_a_rulebook_is_a_mapping_of_all_rules() -> None:
    own = rule("watchroom.disk", Reported("disk"), "watchroom")
    book = Rulebook([PANEL.of("p-1")], [own])
    assert dict(book) == {one.id: one for one in [*PANEL.of("p-1"), own]}
    assert len(book) == 4
    assert "p-1.t1" in book
    assert "p-1.x" not in book
    assert "p-9.t1" not in book
    assert book.get("p-1.t4") is None
    with pytest.raises(KeyError):
        book["p-9.t1"]


def test_what_watchroom_states_takes_the_place_of_a_types_rule_with_its_name() -> None:
    own = rule("p-1.t2", Reported("t2"), "p-1")
    book = Rulebook([PANEL.of("p-1"), PANEL.of("p-2")], [own])
    assert book["p-1.t2"] is own
    assert sorted(book) == ["p-1.t1", "p-1.t2", "p-1.t3", "p-2.t1", "p-2.t2", "p-2.t3"]
    assert book["p-2.t2"].condition == High("p", 1.0)


def test_rules_that_are_made_already_are_taken_apart() -> None:
    whole = [*PANEL.of("p-1"), rule("q.missed", Reported("q"), "q"), *PANEL.of("p-2")]
    book = Rulebook.of(whole)
    assert dict(book) == {one.id: one for one in whole}
    assert isinstance(book.equipment["p-1"], EquipmentRules)
    with pytest.raises(ValueError, match="no rule of"):
        Rulebook.of([rule("elsewhere.t1", equipment="p-1")])
