"""Folding the journal's events gives the alarms that the live run had, at every moment of it."""

from hypothesis import given, settings

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, Transition
from monitor.domain.replay.alarms import Past, fold, urgency
from monitor.domain.rules import AlarmKind, AlarmRule
from tests.domain.alarms import rule
from tests.domain.test_transition_properties import RULES, RUNS, run

PLAIN = rule()
SHOWN = {state.value for state in AlarmState} - {"SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"}


def recorded(number: int, alarm: Alarm, moved: Transition) -> AlarmEvent:
    """The journal's row of a transition, as the engine numbers it."""
    return AlarmEvent(
        number, alarm.id, AlarmKind.LIMIT, "pit-1", alarm.priority, moved.cause, moved.before, moved.after,
        moved.occurrence, moved.annunciation, moved.at.wall, moved.at.steady, moved.actor, moved.note, moved.value,
        moved.quality, moved.source_time, moved.annunciates,
    )  # fmt: skip


def history(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> list[tuple[float, Alarm, list[AlarmEvent]]]:
    """After every step: the instant, the alarm as it was live, and all events until then."""
    events: list[AlarmEvent] = []
    found = []
    for _, _, now, result in run(a_rule, moves):
        for moved in result.transitions:
            events.append(recorded(len(events) + 1, result.alarm, moved))
        found.append((now.wall, result.alarm, list(events)))
    return found


def facts(alarm: Alarm | Past) -> tuple[object, ...]:
    return (
        alarm.active,
        alarm.acknowledged,
        alarm.latched,
        alarm.acknowledged_at,
        alarm.acknowledged_by,
        alarm.value,
    )


@settings(max_examples=300)
@given(RULES, RUNS)
def test_the_events_tell_what_the_live_run_had(a_rule: AlarmRule, moves: list[tuple[float, str]]) -> None:
    steps = history(a_rule, moves)
    every = steps[-1][2] if steps else []
    for i, (at, alarm, _) in enumerate(steps):
        if i + 1 < len(steps) and steps[i + 1][0] == at:
            continue  # at one instant only the last counts
        past = fold(event for event in every if event.at <= at).get(alarm.id)
        if past is None:
            assert alarm.state is AlarmState.NORM
            continue
        assert (past.state, past.event.occurrence, past.event.annunciation) == (
            alarm.state,
            alarm.occurrence,
            alarm.annunciation,
        )
        if past.state.value in SHOWN:
            assert facts(past) == facts(alarm)
            # An incident that was acknowledged while hidden ended then: no event tells it.
            unknown = a_rule.incident and past.returned_at is None
            assert unknown or past.returned_at == alarm.returned_at
        if alarm.active:
            assert past.raised_at == alarm.raised_at


@given(RULES, RUNS)
def test_the_events_since_it_last_was_normal_are_enough(
    a_rule: AlarmRule, moves: list[tuple[float, str]]
) -> None:
    for _, alarm, events in history(a_rule, moves):
        if alarm.state is AlarmState.NORM:
            continue
        normal = max((e.sequence for e in events if e.after is AlarmState.NORM), default=0)
        whole, part = fold(events)[alarm.id], fold(events[normal:])[alarm.id]
        assert (part.state, part.active, part.acknowledged) == (whole.state, whole.active, whole.acknowledged)
        if alarm.underneath is not AlarmState.NORM:
            assert (part.raised_at, part.acknowledged_by) == (whole.raised_at, whole.acknowledged_by)


def test_it_goes_on_from_what_was_known() -> None:
    moves = [(1.0, "true"), (1.0, "ack"), (1.0, "true"), (20.0, "false")]
    events = history(PLAIN, moves)[-1][2]
    begun = fold(events[:1])
    assert fold(events[1:], begun.values()) == fold(events)


def test_the_list_is_sorted_as_the_live_one() -> None:
    first = history(PLAIN, [(1.0, "true")])[-1][2]
    acked = history(PLAIN, [(1.0, "true"), (1.0, "ack")])[-1][2]
    shelved = history(PLAIN, [(1.0, "true"), (1.0, "shelve")])[-1][2]
    waiting, seen, hidden = (fold(rows)["pit-1.level"] for rows in (first, acked, shelved))
    assert sorted([hidden, seen, waiting], key=urgency) == [waiting, seen, hidden]
    assert hidden.hidden
    assert not seen.hidden
