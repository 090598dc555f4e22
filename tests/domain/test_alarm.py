"""What the alarm's life is made of. Names are stored in the journal and told to programs: none may change unnoticed."""

from __future__ import annotations

from typing import get_args

from monitor.domain.alarm import (
    Acknowledge,
    Alarm,
    AlarmEvent,
    AlarmState,
    Cause,
    EventCause,
    Judged,
    Refusal,
    Reset,
    Shelve,
    Step,
    SuppressByDesign,
    TakeOutOfService,
    Transition,
    Trip,
    Unshelve,
)
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, Priority, Verdict
from monitor.domain.suppression import Suppressions
from tests.domain.alarms import NOW
from tests.domain.test_transition_table import CAUSES

NORM = AlarmState.NORM


def test_the_names_that_are_stored() -> None:
    assert [one.value for one in AlarmState] == [
        *("NORM", "UNACK", "ACK", "RTN_UNACK", "LATCH_UNACK", "LATCH_ACK"),
        *("SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"),
    ]
    assert [one.value for one in EventCause] == [
        *("raised", "returned", "tripped", "acknowledged", "reset", "shelved", "unshelved", "shelf_ended"),
        *(
            "suppressed",
            "unsuppressed",
            "out_of_service",
            "in_service",
            "priority_raised",
            "priority_lowered",
        ),
        *("re_alarmed", "commented", "silenced", "superseded", "rule_removed", "was_down", "reloaded"),
    ]
    assert [one.value for one in Refusal] == [
        *("old_occurrence", "old_annunciation", "unknown_occurrence", "not_acknowledged", "still_active"),
        *("not_latched", "end_not_in_future", "reason_missing", "not_shelved", "no_test", "end_too_far"),
    ]


def test_an_alarm_that_never_happened() -> None:
    alarm = Alarm("pit-1.level", Priority.LOW)
    assert alarm == Alarm(
        *(
            "pit-1.level",
            Priority.LOW,
            0,
            0,
            False,
            True,
            False,
            None,
            False,
            Suppressions(None, False, False, None),
        ),
        *(None, None, None, None, None, None),
    )
    assert (alarm.state, alarm.underneath) == (NORM, NORM)


def test_a_row_of_an_earlier_version_has_only_the_beginning_of_its_occurrence() -> None:
    assert Alarm("pit-1.level", Priority.LOW, raised_at=1.0).since == 1.0
    assert Alarm("pit-1.level", Priority.LOW, raised_at=1.0, active_since=5.0).since == 5.0
    assert Alarm("pit-1.level", Priority.LOW, raised_at=1.0, active_since=0.0).since == 0.0


def test_what_need_not_be_said() -> None:
    assert Judged(Verdict.TRUE) == Judged(Verdict.TRUE, None, Quality.GOOD, None)
    assert Trip() == Trip(None)
    assert Acknowledge(3, 2, "chen") == Acknowledge(3, 2, "chen", "")
    assert Reset(3, 2, "chen") == Reset(3, 2, "chen", "")
    assert Shelve(3, 2, 1.0, "works", "chen") == Shelve(3, 2, 1.0, "works", "chen", False)
    assert Unshelve("chen") == Unshelve("chen", "")
    assert SuppressByDesign(True) == SuppressByDesign(True, "")
    assert TakeOutOfService(None, "chen") == TakeOutOfService(None, "chen", "")
    assert Step(Alarm("a", Priority.LOW)) == Step(Alarm("a", Priority.LOW), (), None)
    moved = (EventCause.RAISED, NORM, AlarmState.UNACK, 1, 1)
    said = (None, "", None, Quality.GOOD, None, False)
    assert Transition(*moved, NOW) == Transition(*moved, NOW, *said)
    row = (7, "pit-1.level", AlarmKind.LIMIT, "pit-1", Priority.LOW, *moved, *NOW)
    assert AlarmEvent(*row) == AlarmEvent(*row, *said)


def test_the_table_of_transitions_has_every_kind_of_cause() -> None:
    assert {type(cause) for cause in CAUSES.values()} == set(get_args(Cause))
