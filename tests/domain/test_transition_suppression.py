"""Shelving, suppression by design, out of service (ISA-18.2 clauses 11.7 to 11.9), and incidents."""

from dataclasses import replace

import pytest

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmState,
    Cause,
    Elapsed,
    EventCause,
    Judged,
    Refusal,
    Shelve,
    SuppressByDesign,
    TakeOutOfService,
    Trip,
    Unshelve,
)
from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.domain.suppression import Suppressions
from monitor.domain.transition import new, next_wall_due, step
from tests.domain.alarms import LATER, NOW, alarm_in, describe, rule

AT_END = Instant(LATER, NOW.steady + 3600)


def after(alarm: Alarm, *causes: Cause, now: Instant = NOW) -> Alarm:
    for cause in causes:
        alarm = step(rule(), alarm, cause, now).alarm
    return alarm


@pytest.mark.parametrize(
    ("state", "result"),
    [
        ("SHELVED/NORM", "NORM 3.2 shelf_ended"),
        ("SHELVED/UNACK", "UNACK 3.3 shelf_ended!"),
        ("SHELVED/ACK", "UNACK 3.3 shelf_ended!"),
        ("SHELVED/RTN_UNACK", "RTN_UNACK 3.2 shelf_ended"),
        ("SHELVED/LATCH_UNACK", "LATCH_UNACK 3.2 shelf_ended"),
        ("SHELVED/LATCH_ACK", "LATCH_ACK 3.2 shelf_ended"),
        ("OUT_OF_SERVICE/NORM", "NORM 3.2 in_service"),
        ("OUT_OF_SERVICE/ACK", "UNACK 3.3 in_service!"),
        ("SUPPRESSED/ACK", "-"),
    ],
)
def test_its_end_by_time(state: str, result: str) -> None:
    before = alarm_in(state)
    assert describe(before, step(rule(), before, Elapsed(), AT_END._replace(wall=LATER - 0.001))) == "-"
    assert describe(before, step(rule(), before, Elapsed(), AT_END)) == result


def test_its_end_is_wall_time() -> None:
    assert next_wall_due(alarm_in("SHELVED/ACK")) == LATER
    assert next_wall_due(alarm_in("SUPPRESSED/ACK")) is None
    both = replace(alarm_in("ACK"), suppressions=Suppressions(LATER + 5, False, False, LATER))
    assert next_wall_due(both) == LATER


def test_the_end_of_one_says_nothing_while_another_remains() -> None:
    hidden = replace(alarm_in("ACK"), suppressions=Suppressions(shelved_until=LATER, by_design=True))
    result = step(rule(), hidden, Elapsed(), AT_END)
    assert describe(hidden, result) == "SUPPRESSED/ACK 3.2 shelf_ended"
    last = step(rule(), result.alarm, SuppressByDesign(False), AT_END)
    assert describe(result.alarm, last) == "UNACK 3.3 unsuppressed!"


def test_both_ends_at_once_tell_once() -> None:
    hidden = replace(alarm_in("ACK"), suppressions=Suppressions(LATER, False, False, LATER))
    assert describe(hidden, step(rule(), hidden, Elapsed(), AT_END)) == "UNACK 3.3 shelf_ended in_service!"


def test_what_happens_underneath_is_recorded_and_nobody_is_told() -> None:
    alarm, told = alarm_in("SHELVED/NORM"), []
    causes: tuple[Cause, ...] = (
        Judged(Verdict.TRUE, 2.5),
        Acknowledge(4, 1, "chen"),
        Judged(Verdict.FALSE),
        Judged(Verdict.TRUE),
    )
    events = []
    for cause in causes:
        result = step(rule(), alarm, cause, NOW)
        alarm = result.alarm
        events += [t.cause for t in result.transitions]
        told += [t for t in result.transitions if t.annunciates]
    assert events == [EventCause.RAISED, EventCause.ACKNOWLEDGED, EventCause.RETURNED, EventCause.RAISED]
    assert told == []
    assert (alarm.state, alarm.underneath, alarm.occurrence) == (AlarmState.SHELVED, AlarmState.UNACK, 5)


def test_the_highest_suppression_gives_the_name() -> None:
    alarm = after(alarm_in("ACK"), Shelve(3, 2, LATER, "repair", "chen"))
    assert alarm.state is AlarmState.SHELVED
    alarm = after(alarm, SuppressByDesign(True))
    assert alarm.state is AlarmState.SUPPRESSED
    alarm = after(alarm, TakeOutOfService(LATER, "chen", "overhaul"))
    assert alarm.state is AlarmState.OUT_OF_SERVICE
    assert after(alarm, TakeOutOfService(None, "chen"), SuppressByDesign(False)).state is AlarmState.SHELVED


def test_a_one_shot_shelf_ends_when_the_alarm_returns() -> None:
    shelved = after(alarm_in("ACK"), Shelve(3, 2, LATER, "repair", "chen", once=True))
    result = step(rule(), shelved, Judged(Verdict.FALSE), NOW)
    assert describe(shelved, result) == "NORM 3.2 returned shelf_ended"
    told = step(rule(), result.alarm, Judged(Verdict.TRUE), NOW)
    assert describe(result.alarm, told) == "UNACK 4.1 raised!"


def test_a_one_shot_shelf_ends_at_its_time_as_well() -> None:
    shelved = after(alarm_in("ACK"), Shelve(3, 2, LATER, "repair", "chen", once=True))
    result = step(rule(), shelved, Elapsed(), AT_END)
    assert describe(shelved, result) == "UNACK 3.3 shelf_ended!"
    assert result.alarm.suppressions == Suppressions()


def test_a_shelf_outlasts_the_alarm_where_it_is_not_one_shot() -> None:
    shelved = after(alarm_in("ACK"), Shelve(3, 2, LATER, "repair", "chen"), Judged(Verdict.FALSE))
    assert (shelved.state, shelved.underneath) == (AlarmState.SHELVED, AlarmState.NORM)


def test_a_later_shelf_replaces_the_former() -> None:
    shelved = after(alarm_in("SHELVED/ACK"), Shelve(3, 2, LATER + 60, "longer", "li", once=True))
    assert shelved.suppressions == Suppressions(shelved_until=LATER + 60, shelved_once=True)
    assert after(shelved, Unshelve("li")).suppressions == Suppressions()


# ---------------------------------------------------------------- incidents: a missed round

INCIDENT = rule(incident=True)


def test_acknowledging_an_incident_needs_a_reason_and_ends_it() -> None:
    missed = step(INCIDENT, new(INCIDENT), Trip("07:30-08:30"), NOW).alarm
    assert (missed.state, missed.value) == (AlarmState.UNACK, "07:30-08:30")
    for note in ("", "  \n"):
        refused = step(INCIDENT, missed, Acknowledge(1, 1, "chen", note), NOW)
        assert (refused.refusal, refused.alarm) == (Refusal.REASON_MISSING, missed)
    ended = step(INCIDENT, missed, Acknowledge(1, 1, "chen", "lift rescue at that time"), NOW.after(60))
    assert describe(missed, ended) == "NORM 1.1 acknowledged"
    assert (ended.alarm.returned_at, ended.alarm.acknowledged_by) == (NOW.wall + 60, "chen")
    assert ended.transitions[0].note == "lift rescue at that time"


def test_an_ordinary_alarm_needs_no_reason() -> None:
    assert step(rule(), alarm_in("UNACK"), Acknowledge(3, 2, "chen"), NOW).refusal is None


def test_acknowledging_an_incident_again_is_harmless_and_needs_no_reason() -> None:
    ended = replace(alarm_in("NORM"), acknowledged_by="chen")
    assert describe(ended, step(INCIDENT, ended, Acknowledge(3, 2, "li"), NOW)) == "-"


def test_each_miss_is_an_occurrence_and_the_record_keeps_the_former() -> None:
    first = step(INCIDENT, new(INCIDENT), Trip("morning"), NOW).alarm
    second = step(INCIDENT, first, Trip("evening"), NOW.after(60))
    superseded, tripped = second.transitions
    assert (superseded.cause, superseded.occurrence, superseded.after) == (
        EventCause.SUPERSEDED,
        1,
        AlarmState.NORM,
    )
    assert (tripped.cause, tripped.occurrence, tripped.annunciates) == (EventCause.TRIPPED, 2, True)
    assert second.alarm.raised_at == NOW.wall + 60
    old = step(INCIDENT, second.alarm, Acknowledge(1, 1, "chen", "too late"), NOW.after(61))
    assert old.refusal is Refusal.OLD_OCCURRENCE


def test_a_completed_next_round_returns_it_and_the_acknowledgement_still_needs_a_reason() -> None:
    missed = step(INCIDENT, new(INCIDENT), Trip(), NOW).alarm
    returned = step(INCIDENT, missed, Judged(Verdict.FALSE), NOW.after(60)).alarm
    assert returned.state is AlarmState.RTN_UNACK
    assert step(INCIDENT, returned, Acknowledge(1, 1, "chen"), NOW).refusal is Refusal.REASON_MISSING
    done = step(INCIDENT, returned, Acknowledge(1, 1, "chen", "was in the lift"), NOW.after(90)).alarm
    assert (done.state, done.returned_at) == (AlarmState.NORM, NOW.wall + 60)


def test_an_ended_incident_leaves_no_delay_behind() -> None:
    slow = rule(incident=True, off_delay=10.0)
    missed = step(slow, new(slow), Trip(), NOW).alarm
    leaving = step(slow, missed, Judged(Verdict.FALSE), NOW).alarm
    ended = step(slow, leaving, Acknowledge(1, 1, "chen", "reason"), NOW.after(1)).alarm
    assert step(slow, ended, Elapsed(), NOW.after(100)).transitions == ()


def test_a_shelf_and_a_service_that_both_ended_while_nobody_looked_end_in_their_order() -> None:
    hidden = Suppressions(shelved_until=LATER + 60.0, out_of_service_until=LATER)
    result = step(rule(), replace(alarm_in("ACK"), suppressions=hidden), Elapsed(), NOW.after(7200.0))
    assert [moved.cause for moved in result.transitions] == [EventCause.IN_SERVICE, EventCause.SHELF_ENDED]
    assert [moved.annunciates for moved in result.transitions] == [False, True]
