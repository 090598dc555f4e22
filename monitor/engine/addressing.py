"""Who gets a message that is due now, and what it says to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.domain.alarm import Alarm
from monitor.domain.duty import Roster, on_duty
from monitor.domain.escalation import told
from monitor.domain.mentions import value_point
from monitor.domain.notification import Delivery, Notification, identity
from monitor.domain.people import Person
from monitor.domain.point import Point
from monitor.domain.replies import code_for
from monitor.domain.rules import AlarmRule
from monitor.domain.wording import Subject, Wording
from monitor.engine.outbox import Outbox
from monitor.settings.site import Equipment

JUST_NOW = 30.0
"""Seconds in which one person is not told the same thing twice on one channel, whatever roles they hold."""


class Addressing:
    """Turns a planned row into rows for people, each with its text and reply code."""

    def __init__(
        self, roster: Roster, equipment: Mapping[str, Equipment], wording: Wording, outbox: Outbox
    ) -> None:
        self._roster = roster
        self._equipment = equipment
        self._wording = wording
        self._outbox = outbox

    def people(self, row: Notification, wall: float) -> tuple[Person, ...]:
        """Those on duty in the row's role at `wall` (POSIX s); for an "over" message those who were told before."""
        if row.over:
            heard = [
                other.recipient
                for other in told(self._outbox.siblings(row))
                if (other.occurrence, other.channel) == (row.occurrence, row.channel)
            ]
            known = self._roster.people
            return tuple(known[id_] for id_ in dict.fromkeys(heard) if id_ is not None and id_ in known)
        return on_duty(self._roster, row.role, wall)

    def not_told_just_now(
        self, row: Notification, people: Sequence[Person], wall: float
    ) -> tuple[Person, ...]:
        """Without those who get this very message through another row."""
        busy = {
            other.recipient
            for other in self._outbox.siblings(row)
            if (other.event, other.channel, other.over) == (row.event, row.channel, row.over)
            and other.recipient
            and (not other.state.finished or (other.sent_at is not None and wall - other.sent_at < JUST_NOW))
        }
        return tuple(person for person in people if person.id not in busy)

    def rows(
        self, row: Notification, people: Sequence[Person], alarm: Alarm, rule: AlarmRule
    ) -> tuple[Notification, ...]:
        """The row made out to the first person, and one more row for each further one; ids by recipient."""
        code = "" if row.over else self._code(row)
        return tuple(
            self._made_out(
                row if i == 0 else replace(row, id=identity(row.event, row.step, person.id, row.channel)),
                person,
                alarm,
                rule,
                code,
            )
            for i, person in enumerate(people)
        )

    def by_way(self, row: Notification, channel: str, alarm: Alarm, rule: AlarmRule) -> Notification | None:
        """The same message to the same person by another channel, not yet tried; None when it does not reach them."""
        person = self._roster.people.get(row.recipient or "")
        if person is not None and not person.address(channel):
            return None
        fresh = replace(
            row,
            id=identity(row.event, row.step, row.recipient or row.role, channel),
            channel=channel,
            attempts=0,
            state=Delivery.WAITING,
            reason="",
            reference="",
            sent_at=None,
            delivered_at=None,
        )
        if person is None:
            return replace(fresh, recipient=None, address=None, text="")
        return self._made_out(fresh, person, alarm, rule, row.code)

    def for_the_same(self, row: Notification, alarm: Alarm, rule: AlarmRule) -> Notification:
        """A row whose text went out with others, or is to go with others, made out to its person by itself again."""
        person = self._roster.people[row.recipient or ""]
        return self._made_out(row, person, alarm, rule, "" if row.over else self._code(row))

    def together(
        self, rows: Sequence[tuple[Notification, Alarm, AlarmRule]], held: int
    ) -> tuple[tuple[Notification, ...], tuple[Notification, ...]]:
        """Rows for one person made out as one text with one code; and those that it only counts."""
        first = rows[0][0]
        seed = "+".join(f"{row.alarm}#{row.occurrence}.{row.annunciation}" for row, _, _ in rows)
        code = code_for(seed, 0, 0, self._outbox.codes)
        subjects = [self._subject(row, alarm, rule, code) for row, alarm, rule in rows]
        text, named = self._wording.digest(subjects, code, held, first.language, first.channel)
        listed = tuple(replace(row, text=text, code=code) for row, _, _ in rows[:named])
        return listed, tuple(row for row, _, _ in rows[named:])

    def saying_held_back(self, row: Notification, held: int) -> Notification:
        """The row with a word about what was held back from its person."""
        return replace(row, text=self._wording.with_held_back(row.text, held, row.language))

    def _made_out(
        self, row: Notification, person: Person, alarm: Alarm, rule: AlarmRule, code: str
    ) -> Notification:
        language = person.language or self._wording.language
        text = self._wording.render(self._subject(row, alarm, rule, code), language, row.channel)
        return replace(
            row,
            recipient=person.id,
            address=person.address(row.channel),
            language=language,
            text=text,
            code=code,
        )

    def _code(self, row: Notification) -> str:
        """One code per annunciation, whoever is told of it and however often."""
        if row.code and not self._outbox.shared(row.code):
            return row.code
        for other in self._outbox.siblings(row):
            if self._outbox.shared(other.code):
                continue
            if other.code and (other.occurrence, other.annunciation) == (row.occurrence, row.annunciation):
                return other.code
        return code_for(row.alarm, row.occurrence, row.annunciation, self._outbox.codes)

    def _subject(self, row: Notification, alarm: Alarm, rule: AlarmRule, code: str) -> Subject:
        equipment = self._equipment.get(rule.equipment)
        return Subject(
            rule=rule,
            priority=alarm.priority,
            at=row.created_at,
            value=None if row.over else alarm.value,
            place=equipment.location if equipment else "",
            equipment=equipment.name if equipment else {},
            point=_point(rule, equipment),
            code=code,
            over=row.over,
            raised_at=alarm.raised_at,
            role=row.role,
        )


def _point(rule: AlarmRule, equipment: Equipment | None) -> Point | None:
    key = value_point(rule.condition)
    if equipment is None or key is None:
        return None
    plan = equipment.source.plan
    key = key.removeprefix(f"{equipment.id}.")
    return plan.points[plan.index[key]] if key in plan.index else None


def still_right(row: Notification, people: Sequence[Person]) -> bool:
    """True when a row that was made out before may be sent as it is: its person is still on duty, or may have it."""
    if row.recipient is None:
        return False
    return row.state is Delivery.UNCERTAIN or any(person.id == row.recipient for person in people)
