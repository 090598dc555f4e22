"""Whatever happens to an alarm, in any order: laws that hold, and a second model that agrees."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmState,
    Cause,
    Elapsed,
    Judged,
    Pending,
    ReAlarm,
    Reprioritise,
    Reset,
    Shelve,
    Step,
    SuppressByDesign,
    TakeOutOfService,
    Trip,
    Unshelve,
)
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmRule, High, Priority, Verdict, judge
from monitor.domain.suppression import Suppressions
from monitor.domain.transition import new, next_due, next_wall_due, step
from tests.domain.alarms import NOW, rule
from tests.domain.reference import TABLE, Reference

SIX = ("NORM", "UNACK", "ACK", "RTN_UNACK", "LATCH_UNACK", "LATCH_ACK")
DELAYS = st.sampled_from((0.0, 5.0, 10.0))
RULES = st.builds(
    lambda on, off, latching, incident: rule(
        on_delay=on, off_delay=off, latching=latching, incident=incident
    ),
    *(DELAYS, DELAYS, st.booleans(), st.booleans()),
)
PLAIN_RULES = st.builds(
    lambda on, off, latching: rule(on_delay=on, off_delay=off, latching=latching),
    *(DELAYS, DELAYS, st.booleans()),
)
NUMBERS = st.integers(-1, 6)
MOMENTS = st.floats(allow_nan=True, allow_infinity=True)
NOTES = st.sampled_from(("", " ", "pump in repair"))
CAUSES: st.SearchStrategy[Cause] = st.one_of(
    st.builds(Judged, st.sampled_from(Verdict), st.none() | st.floats(0, 9), st.sampled_from(Quality)),
    st.builds(Elapsed),
    st.builds(Trip, st.none() | st.text(max_size=3)),
    st.builds(Acknowledge, NUMBERS, NUMBERS, st.just("chen"), NOTES),
    st.builds(Reset, NUMBERS, NUMBERS, st.just("chen"), NOTES),
    st.builds(Shelve, NUMBERS, NUMBERS, MOMENTS, NOTES, st.just("chen"), st.booleans()),
    st.builds(Unshelve, st.just("chen")),
    st.builds(SuppressByDesign, st.booleans()),
    st.builds(TakeOutOfService, st.none() | MOMENTS, st.just("chen"), NOTES),
    st.builds(Reprioritise, st.sampled_from(Priority)),
    st.builds(ReAlarm),
)
HIDDEN = st.builds(Suppressions, st.none() | MOMENTS, st.booleans(), st.booleans(), st.none() | MOMENTS)
ALARMS = st.builds(
    Alarm,
    *(st.just("pit-1.level"), st.sampled_from(Priority), NUMBERS, NUMBERS, *[st.booleans()] * 3),
    pending=st.none() | st.builds(Pending, st.sampled_from(("raise", "clear")), MOMENTS),
    frozen=st.booleans(),
    suppressions=HIDDEN,
)
INSTANTS = st.builds(Instant, MOMENTS, MOMENTS)


@given(RULES, ALARMS, CAUSES, INSTANTS)
def test_step_is_total_even_over_states_that_cannot_be(
    a_rule: AlarmRule, alarm: Alarm, cause: Cause, now: Instant
) -> None:
    result = step(a_rule, alarm, cause, now)
    assert result.alarm.underneath in SIX
    assert isinstance(result.alarm.state, AlarmState)
    assert result.refusal is None or (result.alarm == alarm and result.transitions == ())
    next_due(result.alarm)
    next_wall_due(result.alarm)


# A run: steps of time, each followed by a cause that mostly fits the alarm as it then is.

KINDS = (
    *("true", "true", "false", "false", "band", "unknown", "time", "trip", "ack", "ack", "reset", "stale"),
    *("shelve", "once", "unshelve", "hide", "show", "out", "in", "raise", "lower", "again"),
)
RUNS = st.lists(
    st.tuples(st.sampled_from((0.0, 0.0, 1.0, 4.0, 5.0, 10.0, 60.0)), st.sampled_from(KINDS)), max_size=40
)
SHELF_S = 30.0


def cause_of(kind: str, alarm: Alarm, now: Instant) -> Cause:
    """The cause that a short name means for this alarm at this instant."""
    o, a = alarm.occurrence, alarm.annunciation
    simple: dict[str, Cause] = {
        "time": Elapsed(),
        "trip": Trip(),
        "ack": Acknowledge(o, a, "chen", "seen"),
        "stale": Acknowledge(o, a - 1, "chen", "seen"),
        "reset": Reset(o, a, "chen"),
        "shelve": Shelve(o, a, now.wall + SHELF_S, "repair", "chen"),
        "once": Shelve(o, a, now.wall + SHELF_S, "repair", "chen", once=True),
        "unshelve": Unshelve("chen"),
        "hide": SuppressByDesign(True),
        "show": SuppressByDesign(False),
        "out": TakeOutOfService(now.wall + SHELF_S, "chen", "overhaul"),
        "in": TakeOutOfService(None, "chen"),
        "raise": Reprioritise(Priority.CRITICAL),
        "lower": Reprioritise(Priority.LOW),
        "again": ReAlarm(),
    }
    return simple[kind] if kind in simple else Judged(Verdict(kind), 2.5)


def run(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> list[tuple[Alarm, Cause, Instant, Step]]:
    """Every step of a run: before, cause, instant, result."""
    alarm, now, done = new(a_rule), NOW, []
    for seconds, kind in moves:
        now = now.after(seconds)
        cause = cause_of(kind, alarm, now)
        result = step(a_rule, alarm, cause, now)
        done.append((alarm, cause, now, result))
        alarm = result.alarm
    return done


@given(RULES, RUNS)
def test_occurrence_and_annunciation_only_count_up(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> None:
    for before, _, _, result in run(a_rule, moves):
        was, now = (
            (before.occurrence, before.annunciation),
            (result.alarm.occurrence, result.alarm.annunciation),
        )
        assert now >= was
        assert now[0] <= was[0] + 1
        numbers = [(t.occurrence, t.annunciation) for t in result.transitions]
        assert numbers == sorted(numbers)
        assert not numbers or numbers[-1] == now


@given(RULES, RUNS)
def test_a_delay_waits_only_for_what_can_still_happen(
    a_rule: AlarmRule, moves: list[tuple[float, str]]
) -> None:
    for _, _, _, result in run(a_rule, moves):
        alarm = result.alarm
        assert alarm.pending is None or (alarm.pending.to == "clear") == alarm.active
        assert not (alarm.active and alarm.latched)


@given(RULES, RUNS)
def test_people_are_told_exactly_at_visible_entries_to_unack(
    a_rule: AlarmRule, moves: list[tuple[float, str]]
) -> None:
    told: set[tuple[int, int]] = set()
    for _, _, _, result in run(a_rule, moves):
        for moved in result.transitions:
            if moved.annunciates:
                assert moved.after is AlarmState.UNACK
                assert (moved.occurrence, moved.annunciation) not in told, "told twice"
                told.add((moved.occurrence, moved.annunciation))
        if result.alarm.state is AlarmState.UNACK:
            assert (result.alarm.occurrence, result.alarm.annunciation) in told, "nobody knows"


@given(RULES, RUNS, st.sampled_from(Verdict))
def test_the_same_look_delivered_again_at_the_same_instant_changes_nothing(
    a_rule: AlarmRule, moves: list[tuple[float, str]], verdict: Verdict
) -> None:
    steps = run(a_rule, moves)
    alarm, now = (steps[-1][3].alarm, steps[-1][2]) if steps else (new(a_rule), NOW)
    once = step(a_rule, alarm, Judged(verdict, 1.0), now).alarm
    twice = step(a_rule, once, Judged(verdict, 1.0), now)
    assert (twice.alarm, twice.transitions) == (once, ())


@given(RULES, RUNS)
def test_an_acknowledgement_delivered_again_is_no_second_event(
    a_rule: AlarmRule, moves: list[tuple[float, str]]
) -> None:
    for _, cause, now, result in run(a_rule, moves):
        if isinstance(cause, Acknowledge) and result.refusal is None:
            again = step(a_rule, result.alarm, cause, now)
            assert (again.alarm, again.transitions, again.refusal) == (result.alarm, (), None)


@given(PLAIN_RULES, RUNS)
def test_only_good_data_clears(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> None:
    """An alarm leaves `active` on a FALSE look, or when the off-delay ends that one began and no bad data froze."""
    for before, cause, _, result in run(a_rule, moves):
        if before.active and not result.alarm.active:
            fell = isinstance(cause, Judged) and cause.verdict is Verdict.FALSE
            waited = isinstance(cause, Elapsed) and before.pending is not None and not before.frozen
            assert fell or waited


class OneValue:
    """A view of one point."""

    def __init__(self, value: float | None, quality: Quality) -> None:
        self.answering: bool | None = True
        self._seen = (value, quality)

    def read(self, key: str) -> tuple[Any, Quality]:
        return self._seen


@given(
    PLAIN_RULES,
    st.lists(st.tuples(st.floats(0, 20), st.none() | st.floats(0, 4), st.sampled_from(Quality)), max_size=40),
)
def test_nothing_bad_or_uncertain_clears_and_nothing_bad_raises(
    a_rule: AlarmRule, seen: list[tuple[float, float | None, Quality]]
) -> None:
    condition = High("level", 2.0, 0.2)
    alarm, now = new(replace(a_rule, condition=condition)), NOW
    for seconds, value, quality in seen:
        now = now.after(seconds)
        verdict = judge(condition, OneValue(value, quality))
        result = step(a_rule, alarm, Judged(verdict, value, quality), now)
        if result.alarm.active is not alarm.active:
            assert not quality.bad
            assert value is not None
        if alarm.active and not result.alarm.active:
            assert quality is Quality.GOOD
            assert value is not None
            assert value <= 1.8
        alarm = result.alarm


@settings(max_examples=400)
@given(PLAIN_RULES, RUNS)
def test_the_reference_agrees(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> None:
    _compared(a_rule, moves)


def test_the_lives_in_which_the_reference_agrees_go_through_every_state_and_every_row_of_the_table() -> None:
    rng, shown, moved = random.Random(1), set[str](), set[tuple[str, str]]()
    for _ in range(150):
        a_rule = rule(
            on_delay=rng.choice((0.0, 5.0)), off_delay=rng.choice((0.0, 5.0)), latching=rng.random() < 0.5
        )
        moves = [(rng.choice((0.0, 1.0, 5.0, 60.0)), rng.choice(KINDS)) for _ in range(60)]
        model, states = _compared(a_rule, moves)
        shown |= states
        moved |= model.moved
    assert shown == set(AlarmState)
    assert moved == set(TABLE)


def _compared(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> tuple[Reference, set[str]]:
    """Step by step; gives the reference and every state that people saw."""
    model, told, shown = Reference(a_rule.on_delay, a_rule.off_delay, a_rule.latching), 0, set[str]()
    for (_, kind), (before, _, now, result) in zip(moves, run(a_rule, moves), strict=True):
        accepted = _mirror(model, kind, before, now)
        told += sum(moved.annunciates for moved in result.transitions)
        alarm = result.alarm
        assert (result.refusal is None) == accepted, kind
        assert (alarm.state, alarm.underneath) == (model.shown, model.state), kind
        assert (alarm.occurrence, alarm.annunciation, told) == (
            model.occurrence,
            model.annunciation,
            model.told,
        )
        shown.add(alarm.state)
    return model, shown


def _mirror(model: Reference, kind: str, before: Alarm, now: Instant) -> bool:
    """Do to the reference what `cause_of` did to the alarm; False when refused."""
    end = now.wall + SHELF_S
    match kind:
        case "true" | "false" | "band" | "unknown":
            model.judged(kind, now.steady)
        case "time":
            model.elapsed(now.steady, ends=False)
            for name in ("SHELVED", "OUT_OF_SERVICE"):
                if now.wall >= model.hidden.get(name, float("inf")):
                    model.show(name)
        case "ack" | "reset" | "stale":
            stale = kind == "stale"
            return model.person("ack" if stale else kind, before.occurrence, before.annunciation - stale)
        case "shelve" | "once":
            model.hide("SHELVED", end, once=kind == "once")
        case "unshelve":
            return model.show("SHELVED")
        case "hide":
            model.hide("SUPPRESSED", float("inf"))
        case "show":
            model.show("SUPPRESSED")
        case "out":
            model.hide("OUT_OF_SERVICE", end)
        case "in":
            model.show("OUT_OF_SERVICE")
        case "raise" | "lower":
            model.reprioritise(0 if kind == "raise" else 3)
        case "again" | "trip":
            (model.again if kind == "again" else model.trip)()
    return True
