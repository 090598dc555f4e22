"""Who is told about an alarm, when, by which channel, and when a step becomes unnecessary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.notification import Delivery, Notification, Unless, identity
from monitor.domain.rules import AlarmKind, AlarmRule, Priority


@dataclass(frozen=True, slots=True)
class Match:
    """Which alarms a policy is for. An empty set matches everything."""

    priorities: frozenset[Priority] = frozenset()
    kinds: frozenset[AlarmKind] = frozenset()
    systems: frozenset[str] = frozenset()
    equipment: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """`after` seconds of steady time after the annunciation, tell `role` by `channel`, unless it has become needless.

    When `channel` fails, those of `fallback` stand in for it, in this order and at once.
    """

    after: float
    role: str
    channel: str
    unless: Unless | None = None
    fallback: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Every way of this step, the first one first."""
        return (self.channel, *self.fallback)


@dataclass(frozen=True, slots=True)
class Policy:
    """The first policy that matches an alarm is followed. `over` sends one message when it returned to normal."""

    match: Match
    steps: tuple[EscalationStep, ...]
    over: bool = False
    name: str = field(default="")


class Needless(StrEnum):
    """Why a message is not sent when its time comes."""

    ACKNOWLEDGED = "acknowledged"
    RECEIVED = "received"
    """An earlier step was delivered and this one was only for the case that it is not."""
    OVER_ALREADY = "over_already"
    """Back to normal before anybody was told."""
    RETURNED = "returned"
    """Back to normal after somebody was told."""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"
    NEWER_ANNUNCIATION = "newer_annunciation"
    SUPERSEDED = "superseded"
    """A newer occurrence speaks for this alarm."""
    NEVER_TOLD = "never_told"
    """Nobody heard of the alarm, so nobody need hear that it is over."""
    ALREADY_TOLD = "already_told"
    """The same person gets the same message through another role, or got it by a channel that stood in."""
    RULE_REMOVED = "rule_removed"


def first_match(
    policies: Iterable[Policy], rule: AlarmRule, priority: Priority, system: str
) -> Policy | None:
    """The first policy for this alarm; None: nobody is told."""
    return next((policy for policy in policies if _matches(policy.match, rule, priority, system)), None)


def _matches(match: Match, rule: AlarmRule, priority: Priority, system: str) -> bool:
    return (
        (not match.priorities or priority in match.priorities)
        and (not match.kinds or rule.kind in match.kinds)
        and (not match.systems or system in match.systems)
        and (not match.equipment or rule.equipment in match.equipment)
    )


def plan(
    policies: Iterable[Policy], event: AlarmEvent, rule: AlarmRule, system: str = ""
) -> tuple[Notification, ...]:
    """The messages that an event causes, one row per step: who is on duty is decided when each is due.

    Events that tell nobody give none; one whose priority rises while nobody has acknowledged it is told by the policy of the
    new priority as well. A return to normal gives one "over" row per role and channel of the policy's
    steps where the policy says so. The same event always gives the same rows.
    """
    over = event.cause is EventCause.RETURNED
    if not event.annunciates and not over and not _grows_urgent(event):
        return ()
    policy = first_match(policies, rule, event.priority, system)
    if policy is None or (over and not policy.over):
        return ()
    return tuple(
        _row(event, number, step, channel, over)
        for number, step in enumerate(policy.steps)
        # Whoever was told by a channel that stood in hears by the same channel that it is over.
        for channel in (step.channels if over else (step.channel,))
    )


def _grows_urgent(event: AlarmEvent) -> bool:
    """A raised priority of what is not acknowledged: no new annunciation, but other people may have to know."""
    return event.cause is EventCause.PRIORITY_RAISED and event.after is AlarmState.UNACK


def stand_ins(
    policies: Iterable[Policy], row: Notification, rule: AlarmRule, priority: Priority, system: str
) -> tuple[str, ...]:
    """The channels that may stand in, in order, when the channel of `row` fails; as the policies say now."""
    policy = first_match(policies, rule, priority, system)
    if policy is None or row.over or row.step >= len(policy.steps):
        return ()
    channels = policy.steps[row.step].channels
    after = channels.index(row.channel) + 1 if row.channel in channels else 0
    return channels[after:]


def _row(event: AlarmEvent, number: int, step: EscalationStep, channel: str, over: bool) -> Notification:
    return Notification(
        id=identity(event.sequence, number, step.role, channel),
        event=event.sequence,
        alarm=event.alarm,
        occurrence=event.occurrence,
        annunciation=event.annunciation,
        step=number,
        role=step.role,
        channel=channel,
        due=event.steady if over else event.steady + step.after,
        unless=None if over else step.unless,
        created_at=event.at,
        over=over,
    )


def told(rows: Iterable[Notification]) -> tuple[Notification, ...]:
    """Those that reached a channel: sent, delivered, or possibly so."""
    reached = (Delivery.SENT, Delivery.DELIVERED, Delivery.UNCERTAIN)
    return tuple(row for row in rows if row.state in reached and not row.over)


def needless(
    notification: Notification, alarm: Alarm | None, siblings: Sequence[Notification]
) -> Needless | None:
    """Why this message need not go out now, or None when it must.

    `siblings` are the other rows about the same alarm. Asked when a message is due, and again before each retry, so
    that after an outage only what is still true is sent.
    """
    if alarm is None:
        return Needless.RULE_REMOVED
    if alarm.occurrence > notification.occurrence:
        return Needless.SUPERSEDED
    if alarm.annunciation > notification.annunciation:
        return Needless.NEWER_ANNUNCIATION
    if notification.over:
        return _needless_over(notification, siblings)
    if told_another_way(notification, siblings):
        return Needless.ALREADY_TOLD
    return _hidden(alarm) or _settled(notification, alarm, siblings)


def _needless_over(notification: Notification, siblings: Sequence[Notification]) -> Needless | None:
    heard = any(row.occurrence == notification.occurrence for row in told(siblings))
    return None if heard else Needless.NEVER_TOLD


def _hidden(alarm: Alarm) -> Needless | None:
    if alarm.suppressions.out_of_service_until is not None:
        return Needless.OUT_OF_SERVICE
    if alarm.suppressions.by_design:
        return Needless.SUPPRESSED
    return Needless.SHELVED if alarm.suppressions.shelved_until is not None else None


def _settled(notification: Notification, alarm: Alarm, siblings: Sequence[Notification]) -> Needless | None:
    if alarm.acknowledged:
        return Needless.ACKNOWLEDGED
    same = [
        row
        for row in siblings
        if (row.occurrence, row.annunciation) == (notification.occurrence, notification.annunciation)
    ]
    if not alarm.active and not alarm.latched:  # a latched one still wants somebody to go and look
        return Needless.RETURNED if told(same) else Needless.OVER_ALREADY
    received = any(row.state is Delivery.DELIVERED and row.step < notification.step for row in same)
    return Needless.RECEIVED if notification.unless is Unless.RECEIPT and received else None


def next_step(notification: Notification, siblings: Iterable[Notification]) -> int | None:
    """The step that takes over when this one has failed; None while another row of its step may still arrive, or
    when there is no later step that waits."""
    rows = [row for row in siblings if row.event == notification.event and row.id != notification.id]
    failed = (Delivery.FAILED, Delivery.CANCELLED)
    if any(
        row.step == notification.step and row.state not in failed and not _in_trouble(row, notification)
        for row in rows
    ):
        return None
    waiting = (Delivery.WAITING, Delivery.RETRYING)
    later = [row.step for row in rows if row.step > notification.step and row.state in waiting]
    return min(later, default=None)


def _in_trouble(row: Notification, notification: Notification) -> bool:
    """A row of the same step whose own channel does not take it: this one stood in for it."""
    return row.state is Delivery.RETRYING and row.channel != notification.channel


def told_another_way(notification: Notification, siblings: Iterable[Notification]) -> bool:
    """True when the same person has this very message by the channel that stood in."""
    return any(
        (row.event, row.step, row.over) == (notification.event, notification.step, notification.over)
        and row.recipient is not None
        and row.recipient == notification.recipient
        and row.channel != notification.channel
        and row.state in (Delivery.SENT, Delivery.DELIVERED)
        for row in siblings
    )
