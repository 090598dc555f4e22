"""What each cause leaves behind: every field of the alarm that it changes, and every word of the record. All else stays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmState,
    Cause,
    Elapsed,
    Judged,
    Pending,
    ReAlarm,
    Refusal,
    Reprioritise,
    Reset,
    Shelve,
    SuppressByDesign,
    TakeOutOfService,
    Transition,
    Trip,
    Unshelve,
)
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmRule, Priority, Verdict
from monitor.domain.suppression import Suppressions
from monitor.domain.transition import new, next_due, retired, step
from tests.domain.alarms import LATER, NOW, alarm_in, rule

W = NOW.wall
RUNS_OUT = Pending("clear", NOW.steady - 1.0)
WAITS = Pending("clear", NOW.steady + 50.0)
TO_RAISE = Pending("raise", NOW.steady - 1.0)
UNSEEN: dict[str, Any] = {"acknowledged": False, "acknowledged_at": None, "acknowledged_by": None}
SHELVED = Suppressions(LATER, True)
OUT = Suppressions(out_of_service_until=LATER)
ALL = Suppressions(LATER, True, True, LATER)


def lived(state: str, **others: Any) -> Alarm:
    """An alarm with a past: every field holds something that could get lost."""
    past = {
        "raised_at": 1.0,
        "returned_at": 2.0,
        "active_since": 1.25,
        "acknowledged_at": 3.0,
        "acknowledged_by": "li",
        "value": 1.5,
    }
    return replace(alarm_in(state), **{**past, **others})


@dataclass(frozen=True)
class Row:
    """A cause, what it changes of the alarm, and the record as (cause, actor, note, value, quality, source time)."""

    before: Alarm
    cause: Cause
    changes: dict[str, Any] = field(default_factory=dict)
    record: tuple[tuple[Any, ...], ...] = ()
    rule: AlarmRule = field(default_factory=rule)
    now: Instant = NOW


def said(cause: str, actor: str | None = None, note: str = "", value: Any = 1.5) -> tuple[Any, ...]:
    """A line of the record of something that no reading caused."""
    return (cause, actor, note, value, Quality.GOOD, None)


HIGH = Judged(Verdict.TRUE, 2.7, Quality.OUT_OF_RANGE, 12.0)
LOW = Judged(Verdict.FALSE, 0.5, Quality.GOOD, 13.0)
RAISED = ("raised", None, "", 2.7, Quality.OUT_OF_RANGE, 12.0)
RETURNED = ("returned", None, "", 0.5, Quality.GOOD, 13.0)
ANEW = {"active": True, "active_since": W, "returned_at": None, "value": 2.7, **UNSEEN}
FIRST = {**ANEW, "occurrence": 4, "annunciation": 1, "raised_at": W}
ENDED = {"active": False, "returned_at": W}
DAYS = Instant(LATER, NOW.steady + 3600.0)

ROWS = {
    "a new occurrence forgets the last one": Row(lived("NORM"), HIGH, FIRST, (RAISED,)),
    "one that is not over goes on": Row(
        lived("LATCH_ACK"), HIGH, {**ANEW, "annunciation": 3, "latched": False}, (RAISED,)
    ),
    "a raise ends its delay and the blindness": Row(
        lived("NORM", pending=TO_RAISE, frozen=True),
        HIGH,
        {**FIRST, "pending": None, "frozen": False},
        (RAISED,),
    ),
    "a return keeps who acknowledged": Row(
        lived("ACK", pending=RUNS_OUT, frozen=True),
        LOW,
        {**ENDED, "pending": None, "frozen": False},
        (RETURNED,),
    ),
    "a latched return": Row(lived("ACK"), LOW, {**ENDED, "latched": True}, (RETURNED,), rule(latching=True)),
    "a delay begins": Row(
        *(lived("ACK"), LOW, {"pending": Pending("clear", NOW.steady + 9.0)}),
        rule=rule(on_delay=4.0, off_delay=9.0),
    ),
    "another delay begins": Row(
        *(lived("NORM"), HIGH, {"pending": Pending("raise", NOW.steady + 4.0)}),
        rule=rule(on_delay=4.0, off_delay=9.0),
    ),
    "good data thaws and a delay goes on": Row(
        lived("ACK", pending=WAITS, frozen=True), LOW, {"frozen": False}, rule=rule(off_delay=9.0)
    ),
    "good data of the other kind drops a delay": Row(
        lived("ACK", pending=WAITS, frozen=True), HIGH, {"frozen": False, "pending": None}
    ),
    "a delay goes on": Row(lived("ACK", pending=WAITS), LOW, rule=rule(off_delay=9.0)),
    "what is active stays active": Row(lived("ACK"), HIGH),
    "what is normal stays normal": Row(lived("NORM"), LOW),
    "bad data freezes": Row(lived("ACK", pending=WAITS), Judged(Verdict.UNKNOWN, 9.9), {"frozen": True}),
    "bad data after bad data": Row(lived("ACK", frozen=True), Judged(Verdict.UNKNOWN, 9.9)),
    "time ends a delay and invents no value": Row(
        lived("ACK", pending=RUNS_OUT), Elapsed(), {**ENDED, "pending": None}, (said("returned", value=None),)
    ),
    "time ends the other delay": Row(
        lived("NORM", pending=TO_RAISE),
        Elapsed(),
        {**FIRST, "pending": None, "value": None},
        (said("raised", value=None),),
    ),
    "time ends no delay of blind data": Row(lived("ACK", pending=RUNS_OUT, frozen=True), Elapsed()),
    "time ends no delay that is not over": Row(lived("ACK", pending=WAITS), Elapsed()),
    "time ends a delay to the second": Row(
        *(lived("ACK", pending=WAITS), Elapsed(), {"active": False, "returned_at": W + 50, "pending": None}),
        *((said("returned", value=None),), rule(), NOW.after(50.0)),
    ),
    "time ends all that hides it": Row(
        lived("ACK", suppressions=ALL),
        Elapsed(),
        {"suppressions": Suppressions(by_design=True)},
        (said("shelf_ended"), said("in_service")),
        now=DAYS,
    ),
    "a one-shot shelf goes with the return": Row(
        lived("ACK", suppressions=replace(ALL, out_of_service_until=LATER + 5)),
        LOW,
        {**ENDED, "suppressions": Suppressions(by_design=True, out_of_service_until=LATER + 5)},
        (RETURNED, said("shelf_ended")),
    ),
    "no shelf ends that is not one-shot": Row(
        lived("ACK", suppressions=Suppressions(LATER)), LOW, ENDED, (RETURNED,)
    ),
    "one-shot alone is no shelf": Row(
        lived("ACK", suppressions=Suppressions(None, True)), LOW, ENDED, (RETURNED,)
    ),
    "a trip out of nothing": Row(
        lived("NORM", pending=WAITS),
        Trip("07:30"),
        {**FIRST, "value": "07:30", "pending": None},
        (said("tripped", value="07:30"),),
    ),
    "a trip on top of another": Row(
        lived("LATCH_UNACK", pending=WAITS),
        Trip(2.7),
        {**FIRST, "latched": False, "pending": None},
        (said("superseded"), said("tripped", value=2.7)),
    ),
    "acknowledge": Row(
        lived("UNACK", pending=WAITS),
        Acknowledge(3, 2, "chen", "seen"),
        {"acknowledged": True, "acknowledged_at": W, "acknowledged_by": "chen"},
        (said("acknowledged", "chen", "seen"),),
    ),
    "acknowledge an incident": Row(
        lived("UNACK", pending=WAITS, returned_at=None),
        Acknowledge(3, 2, "chen", "was in the lift"),
        {**ENDED, "pending": None, "acknowledged": True, "acknowledged_at": W, "acknowledged_by": "chen"},
        (said("acknowledged", "chen", "was in the lift"),),
        rule(incident=True),
    ),
    "reset": Row(
        lived("LATCH_ACK"),
        Reset(3, 2, "chen", "dry again"),
        {"latched": False},
        (said("reset", "chen", "dry again"),),
    ),
    "shelve": Row(
        lived("ACK", suppressions=OUT),
        Shelve(3, 2, LATER, "works", "chen", once=True),
        {"suppressions": Suppressions(LATER, True, False, LATER)},
        (said("shelved", "chen", "works"),),
    ),
    "unshelve": Row(
        lived("ACK", suppressions=SHELVED),
        Unshelve("chen", "works are over"),
        {**UNSEEN, "annunciation": 3, "suppressions": Suppressions()},
        (said("unshelved", "chen", "works are over"),),
    ),
    "unshelve what something else hides": Row(
        lived("ACK", suppressions=ALL),
        Unshelve("chen"),
        {"suppressions": Suppressions(None, False, True, LATER)},
        (said("unshelved", "chen"),),
    ),
    "suppress": Row(
        lived("ACK", suppressions=OUT),
        SuppressByDesign(True, "power lost"),
        {"suppressions": Suppressions(by_design=True, out_of_service_until=LATER)},
        (said("suppressed", None, "power lost"),),
    ),
    "suppress no more": Row(
        lived("ACK", suppressions=Suppressions(by_design=True)),
        SuppressByDesign(False, "power is back"),
        {**UNSEEN, "annunciation": 3, "suppressions": Suppressions()},
        (said("unsuppressed", None, "power is back"),),
    ),
    "out of service": Row(
        lived("ACK", suppressions=SHELVED),
        TakeOutOfService(LATER, "chen", "overhaul"),
        {"suppressions": Suppressions(LATER, True, False, LATER)},
        (said("out_of_service", "chen", "overhaul"),),
    ),
    "in service": Row(
        lived("ACK", suppressions=OUT),
        TakeOutOfService(None, "chen", "done"),
        {**UNSEEN, "annunciation": 3, "suppressions": Suppressions()},
        (said("in_service", "chen", "done"),),
    ),
    "priority raised": Row(
        lived("ACK"),
        Reprioritise(Priority.HIGH),
        {**UNSEEN, "annunciation": 3, "priority": Priority.HIGH},
        (said("priority_raised"),),
    ),
    "priority lowered": Row(
        lived("ACK"), Reprioritise(Priority.LOW), {"priority": Priority.LOW}, (said("priority_lowered"),)
    ),
    "priority of one that is over": Row(
        lived("NORM"), Reprioritise(Priority.HIGH), {"priority": Priority.HIGH}
    ),
    "re-alarm": Row(lived("ACK"), ReAlarm(), {**UNSEEN, "annunciation": 3}, (said("re_alarmed"),)),
}


def _line(moved: Transition) -> tuple[Any, ...]:
    return (moved.cause.value, moved.actor, moved.note, moved.value, moved.quality, moved.source_time)


@pytest.mark.parametrize("name", ROWS)
def test_what_it_leaves_behind(name: str) -> None:
    row = ROWS[name]
    result = step(row.rule, row.before, row.cause, row.now)
    assert result.refusal is None
    after = {one.name: getattr(result.alarm, one.name) for one in fields(Alarm)}
    assert after == {one.name: getattr(row.before, one.name) for one in fields(Alarm)} | row.changes
    assert row.changes or result.alarm is row.before, "what is the same costs nothing"
    assert tuple(_line(moved) for moved in result.transitions) == row.record
    assert all(moved.at == row.now for moved in result.transitions)
    if result.transitions:
        assert result.transitions[-1].occurrence == result.alarm.occurrence
        assert result.transitions[-1].annunciation == result.alarm.annunciation


def test_what_a_trip_supersedes_is_closed_in_the_record_under_its_own_number() -> None:
    superseded, tripped = step(rule(), lived("LATCH_UNACK"), Trip(), NOW).transitions
    assert (superseded.occurrence, superseded.annunciation) == (3, 2)
    assert (superseded.before, superseded.after) == (AlarmState.LATCH_UNACK, AlarmState.NORM)
    assert (tripped.before, tripped.after) == (AlarmState.NORM, AlarmState.UNACK)


@pytest.mark.parametrize("value", [7, 2.5, True, "07:30", None])
def test_a_trip_keeps_a_value_of_any_kind_that_a_point_may_have(value: Any) -> None:
    assert step(rule(), alarm_in("NORM"), Trip(value), NOW).alarm.value is value


def test_what_is_no_value_of_a_point_is_not_kept() -> None:
    assert step(rule(), alarm_in("NORM"), Trip(["07:30"]), NOW).alarm.value is None  # type: ignore[arg-type]


def test_a_new_alarm_is_its_rules() -> None:
    assert new(rule(priority=Priority.HIGH)) == Alarm("pit-1.level", Priority.HIGH)


def test_an_alarm_whose_rule_is_gone_is_closed_and_keeps_its_past() -> None:
    open_ = lived("LATCH_UNACK", active=True, pending=WAITS, frozen=True, suppressions=ALL)
    kept = {
        "raised_at": 1.0,
        "active_since": 1.25,
        "returned_at": 2.0,
        "acknowledged_at": 3.0,
        "acknowledged_by": "li",
        "value": 1.5,
    }
    assert retired(open_) == Alarm("pit-1.level", Priority.MEDIUM, 3, 2, **kept)


def test_a_frozen_delay_is_not_due() -> None:
    assert next_due(lived("ACK", pending=WAITS)) == NOW.steady + 50.0
    assert next_due(lived("ACK", pending=WAITS, frozen=True)) is None
    assert next_due(lived("ACK")) is None


@pytest.mark.parametrize(
    ("before", "cause", "refusal"),
    [
        ("ACK", Shelve(3, 1, W - 60.0, " ", "chen"), Refusal.OLD_ANNUNCIATION),
        ("ACK", Shelve(3, 1, LATER, " ", "chen"), Refusal.OLD_ANNUNCIATION),
        ("ACK", Shelve(3, 2, W - 60.0, " ", "chen"), Refusal.END_NOT_IN_FUTURE),
        ("ACK", TakeOutOfService(W - 60.0, "chen"), Refusal.END_NOT_IN_FUTURE),
        ("ACK", Reset(3, 1, "chen"), Refusal.OLD_ANNUNCIATION),
        ("LATCH_UNACK", Reset(3, 1, "chen"), Refusal.OLD_ANNUNCIATION),
        ("NORM", Reset(3, 1, "chen"), Refusal.OLD_ANNUNCIATION),
        ("NORM", Reset(2, 2, "chen"), Refusal.OLD_OCCURRENCE),
        ("UNACK", Reset(3, 2, "chen"), Refusal.STILL_ACTIVE),
    ],
)
def test_of_several_reasons_to_refuse_the_first_is_told(before: str, cause: Cause, refusal: Refusal) -> None:
    alarm = alarm_in(before)
    assert step(rule(), alarm, cause, NOW).refusal is refusal
    assert step(rule(), replace(alarm, latched=True), cause, NOW).refusal is refusal
