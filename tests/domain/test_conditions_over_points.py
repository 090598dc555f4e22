"""Conditions over several points and over other conditions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.combining import at_least
from monitor.domain.conditions import AtLeast, Deviation
from monitor.domain.reading import Quality
from monitor.domain.rules import High, State, Verdict, judge
from tests.domain.test_rules import Seen

G, U, B = Quality.GOOD, Quality.OUT_OF_RANGE, Quality.STALE
TRUE, BAND, FALSE, UNKNOWN = Verdict.TRUE, Verdict.BAND, Verdict.FALSE, Verdict.UNKNOWN


def view(*values: Any, quality: Quality = G) -> Seen:
    return Seen({name: (value, quality) for name, value in zip("abcd", values, strict=False)})


TWO = Deviation(("a", "b"), 2.0, 0.5)
PHASES = Deviation(("a", "b", "c"), 10.0, 2.0, percent=True, least=20.0)


@pytest.mark.parametrize(
    ("condition", "values", "verdict"),
    [
        (TWO, (10.0, 12.1), TRUE),
        (TWO, (12.1, 10.0), TRUE),
        (TWO, (10.0, 12.0), BAND),
        (TWO, (10.0, 11.6), BAND),
        (TWO, (10.0, 11.5), FALSE),
        (TWO, (10.0, "x"), UNKNOWN),
        (Deviation(("a", "b"), 10.0, percent=True), (112.0, 100.0), TRUE),
        (Deviation(("a", "b"), 10.0, percent=True), (100.0, 112.0), TRUE),
        (Deviation(("a", "b"), 10.0, percent=True), (100.0, 110.0), FALSE),
        (Deviation(("a", "b"), 10.0, percent=True), (1.0, 0.0), BAND),
        # NEMA MG 1 section 12.45: 460, 467, 450 V: mean 459, greatest distance 9, so 1.96 %
        (Deviation(("a", "b", "c"), 1.9, percent=True), (460.0, 467.0, 450.0), TRUE),
        (Deviation(("a", "b", "c"), 2.0, percent=True), (460.0, 467.0, 450.0), FALSE),
        (PHASES, (100.0, 100.0, 130.0), TRUE),
        (PHASES, (100.0, 100.0, 114.0), BAND),
        (PHASES, (100.0, 100.0, 110.0), FALSE),
        (PHASES, (1.0, 1.0, 9.0), BAND),  # an idle line says nothing
        (PHASES, (-100.0, -100.0, -130.0), TRUE),
    ],
)
def test_deviation(condition: Deviation, values: tuple[Any, ...], verdict: Verdict) -> None:
    assert judge(condition, view(*values)) is verdict


def test_one_bad_point_and_nobody_can_say_how_far_they_are_apart() -> None:
    seen = Seen({"a": (100.0, G), "b": (100.0, G), "c": (900.0, B)})
    assert judge(PHASES, seen) is UNKNOWN


def test_an_uncertain_point_may_raise_and_never_clears() -> None:
    assert judge(TWO, Seen({"a": (10.0, G), "b": (90.0, U)})) is TRUE
    assert judge(TWO, Seen({"a": (10.0, G), "b": (10.0, U)})) is UNKNOWN


@pytest.mark.parametrize(
    ("needed", "verdicts", "verdict"),
    [
        (1, "TF", TRUE),
        (2, "TF", FALSE),
        (2, "TT", TRUE),
        (2, "TU", UNKNOWN),
        (2, "FU", FALSE),  # what is good proves that not both hold
        (1, "TU", TRUE),
        (1, "FU", UNKNOWN),
        (2, "TB", BAND),
        (2, "BB", BAND),
        (2, "BF", FALSE),
        (2, "BU", UNKNOWN),
        (2, "TTU", TRUE),
        (2, "TBU", UNKNOWN),
        (2, "TFF", FALSE),
        (3, "TTT", TRUE),
        (1, "", FALSE),
    ],
)
def test_so_many_of(needed: int, verdicts: str, verdict: Verdict) -> None:
    of = {"T": TRUE, "F": FALSE, "B": BAND, "U": UNKNOWN}
    assert at_least(needed, [of[one] for one in verdicts]) is verdict


@given(st.integers(1, 4), st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4))
def test_what_is_not_known_is_never_outvoted(needed: int, verdicts: list[Verdict]) -> None:
    """Whatever the unknown ones turn out to be, TRUE stays TRUE and FALSE stays FALSE."""
    said = at_least(needed, verdicts)
    if said in (TRUE, FALSE):
        for known in (TRUE, FALSE, BAND):
            assert at_least(needed, [known if one is UNKNOWN else one for one in verdicts]) is said


def test_a_combined_condition_keeps_the_deadbands_of_its_parts() -> None:
    both = AtLeast(2, (High("a", 2.0, 0.5), State("b", True)))
    verdicts = [
        judge(both, view(level, run)) for level, run in [(2.1, True), (1.8, True), (1.4, True), (2.1, False)]
    ]
    assert verdicts == [TRUE, BAND, FALSE, FALSE]


@pytest.mark.parametrize(
    ("condition", "value", "verdict"),
    [
        (State("a", "off", ("fault",)), "fault", TRUE),
        (State("a", "off", ("fault",)), "auto", FALSE),
        (State("a", "auto", negated=True), "off", TRUE),
        (State("a", "auto", negated=True), "auto", FALSE),
        (State("a", "auto", ("manual",), negated=True), "manual", FALSE),
        (State("a", "auto", negated=True), None, UNKNOWN),
    ],
)
def test_one_of_several_states_and_none_of_them(condition: State, value: Any, verdict: Verdict) -> None:
    assert judge(condition, view(value)) is verdict


def test_not_in_a_state_is_not_said_of_what_is_not_known() -> None:
    assert judge(State("a", "auto", negated=True), view("off", quality=B)) is UNKNOWN
    assert judge(State("a", "auto", negated=True), view("auto", quality=U)) is UNKNOWN
