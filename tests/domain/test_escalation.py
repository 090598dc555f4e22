"""Who is told when, and what makes telling needless."""

from dataclasses import replace

import pytest

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.escalation import (
    EscalationStep,
    Match,
    Needless,
    Policy,
    first_match,
    needless,
    next_step,
    plan,
)
from monitor.domain.notification import Delivery, Notification, Unless
from monitor.domain.rules import AlarmKind, AlarmRule, Leak, Priority
from monitor.domain.suppression import Suppressions

RULE = AlarmRule("leak-1.leak", "leak-1", AlarmKind.LEAK, Leak("wet"), Priority.CRITICAL)
STEPS = (
    EscalationStep(0.0, "electrician", "sms"),
    EscalationStep(180.0, "electrician", "phone", Unless.RECEIPT),
    EscalationStep(600.0, "manager", "sms", Unless.ACKNOWLEDGED),
)
EVENT = AlarmEvent(
    sequence=7,
    alarm=RULE.id,
    kind=RULE.kind,
    equipment=RULE.equipment,
    priority=Priority.CRITICAL,
    cause=EventCause.RAISED,
    before=AlarmState.NORM,
    after=AlarmState.UNACK,
    occurrence=2,
    annunciation=1,
    at=1_800_000_000.0,
    steady=1000.0,
    annunciates=True,
)
ALL = Policy(Match(), STEPS)


def test_each_step_is_due_after_its_time_on_the_steady_clock() -> None:
    rows = plan([ALL], EVENT, RULE)
    assert [(row.step, row.role, row.channel, row.due, row.unless) for row in rows] == [
        (0, "electrician", "sms", 1000.0, None),
        (1, "electrician", "phone", 1180.0, Unless.RECEIPT),
        (2, "manager", "sms", 1600.0, Unless.ACKNOWLEDGED),
    ]
    assert all((row.alarm, row.occurrence, row.annunciation) == (RULE.id, 2, 1) for row in rows)


def test_an_alarm_that_grows_urgent_before_anybody_acknowledged_is_told_by_its_new_priority() -> None:
    critical = Policy(Match(priorities=frozenset({Priority.CRITICAL})), STEPS)
    risen = replace(EVENT, cause=EventCause.PRIORITY_RAISED, before=AlarmState.UNACK, annunciates=False)
    assert len(plan([critical], risen, RULE)) == 3
    assert plan([critical], replace(risen, cause=EventCause.PRIORITY_LOWERED), RULE) == ()
    assert plan([critical], replace(risen, after=AlarmState.RTN_UNACK), RULE) == ()
    assert plan([critical], replace(risen, after=AlarmState.SHELVED), RULE) == ()


def test_the_same_event_gives_the_same_rows_and_another_event_gives_others() -> None:
    assert plan([ALL], EVENT, RULE) == plan([ALL], EVENT, RULE)
    ids = {row.id for row in (*plan([ALL], EVENT, RULE), *plan([ALL], replace(EVENT, sequence=8), RULE))}
    assert len(ids) == 6


@pytest.mark.parametrize(
    ("match", "follows"),
    [
        (Match(), True),
        (Match(priorities=frozenset({Priority.CRITICAL, Priority.HIGH})), True),
        (Match(priorities=frozenset({Priority.LOW})), False),
        (Match(kinds=frozenset({AlarmKind.LEAK})), True),
        (Match(kinds=frozenset({AlarmKind.COMM})), False),
        (Match(systems=frozenset({"water"})), True),
        (Match(systems=frozenset({"power"})), False),
        (Match(equipment=frozenset({"leak-1"})), True),
        (Match(equipment=frozenset({"leak-2"})), False),
        (Match(frozenset({Priority.CRITICAL}), frozenset({AlarmKind.COMM})), False),
    ],
)
def test_match(match: Match, follows: bool) -> None:
    assert (first_match([Policy(match, STEPS)], RULE, Priority.CRITICAL, "water") is not None) is follows


def test_the_first_policy_that_matches_is_followed_and_no_other() -> None:
    first = Policy(Match(kinds=frozenset({AlarmKind.LEAK})), STEPS[:1])
    assert len(plan([first, ALL], EVENT, RULE)) == 1
    assert len(plan([Policy(Match(systems=frozenset({"x"})), STEPS[:1]), ALL], EVENT, RULE)) == 3
    assert plan([], EVENT, RULE) == ()


def test_the_priority_at_the_moment_counts_not_the_rules_own() -> None:
    low = Policy(Match(priorities=frozenset({Priority.LOW})), STEPS[:1])
    assert len(plan([low], replace(EVENT, priority=Priority.LOW), RULE)) == 1


def test_what_is_not_annunciated_tells_nobody() -> None:
    assert plan([ALL], replace(EVENT, annunciates=False), RULE) == ()


def test_a_return_tells_that_it_is_over_only_where_the_policy_says_so() -> None:
    back = replace(EVENT, cause=EventCause.RETURNED, annunciates=False)
    assert plan([ALL], back, RULE) == ()
    over = plan([replace(ALL, over=True)], back, RULE)
    assert [row.over for row in over] == [True, True, True]
    assert all(row.due == 1000.0 and row.unless is None for row in over)


OPEN = Alarm(RULE.id, Priority.CRITICAL, occurrence=2, annunciation=1, active=True, acknowledged=False)
FIRST, SECOND, THIRD = plan([ALL], EVENT, RULE)
SENT = replace(FIRST, state=Delivery.SENT)
DELIVERED = replace(FIRST, state=Delivery.DELIVERED)


@pytest.mark.parametrize(
    ("row", "alarm", "siblings", "why"),
    [
        (FIRST, OPEN, [], None),
        (FIRST, None, [], Needless.RULE_REMOVED),
        (FIRST, replace(OPEN, acknowledged=True), [], Needless.ACKNOWLEDGED),
        (FIRST, replace(OPEN, active=False), [], Needless.OVER_ALREADY),
        (FIRST, replace(OPEN, active=False, latched=True), [], None),
        (FIRST, replace(OPEN, active=False, latched=True, acknowledged=True), [], Needless.ACKNOWLEDGED),
        (FIRST, replace(OPEN, occurrence=3), [], Needless.SUPERSEDED),
        (FIRST, replace(OPEN, annunciation=2), [], Needless.NEWER_ANNUNCIATION),
        (FIRST, replace(OPEN, suppressions=Suppressions(shelved_until=9e9)), [], Needless.SHELVED),
        (FIRST, replace(OPEN, suppressions=Suppressions(by_design=True)), [], Needless.SUPPRESSED),
        (
            FIRST,
            replace(OPEN, suppressions=Suppressions(out_of_service_until=9e9)),
            [],
            Needless.OUT_OF_SERVICE,
        ),
        (SECOND, OPEN, [SENT], None),
        (SECOND, OPEN, [DELIVERED], Needless.RECEIVED),
        (SECOND, OPEN, [replace(DELIVERED, annunciation=0)], None),
        (THIRD, OPEN, [DELIVERED], None),
        (THIRD, replace(OPEN, acknowledged=True), [SENT], Needless.ACKNOWLEDGED),
        (THIRD, replace(OPEN, active=False), [SENT], Needless.RETURNED),
        (THIRD, replace(OPEN, active=False), [replace(FIRST, state=Delivery.FAILED)], Needless.OVER_ALREADY),
    ],
)
def test_needless(
    row: Notification, alarm: Alarm | None, siblings: list[Notification], why: Needless | None
) -> None:
    assert needless(row, alarm, siblings) is why


def test_over_is_told_to_nobody_who_was_not_told_before() -> None:
    over = replace(FIRST, over=True)
    back = replace(OPEN, active=False)
    assert needless(over, back, []) is Needless.NEVER_TOLD
    assert needless(over, back, [SENT]) is None
    assert needless(over, replace(back, occurrence=3), [SENT]) is Needless.SUPERSEDED


def test_the_next_step_takes_over_only_when_all_of_this_one_have_failed() -> None:
    failed = replace(FIRST, state=Delivery.FAILED)
    colleague = replace(FIRST, id="colleague")
    assert next_step(failed, [SECOND, THIRD]) == 1
    assert next_step(failed, [colleague, SECOND, THIRD]) is None
    assert next_step(failed, [replace(colleague, state=Delivery.FAILED), SECOND, THIRD]) == 1
    assert next_step(failed, [replace(SECOND, state=Delivery.CANCELLED), THIRD]) == 2
    assert next_step(replace(THIRD, state=Delivery.FAILED), [FIRST, SECOND]) is None
    assert next_step(failed, [replace(SECOND, event=8)]) is None
