"""Who is on duty: half-open shifts in local time, crews in rotation, nobody longer than eight hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.domain.localtime import MINUTES_A_DAY, at_minute, local_date, to_utc
from monitor.domain.people import Person

LONGEST = timedelta(hours=8)
"""No one stands longer in one go (service plan, grade 1)."""


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """Crews that take turns. `shifts` are minutes after local midnight, half-open, an end of 1440 is midnight.

    On day d (local date, counted from `start`), the shift in place i of the pattern is stood by crew number
    `d // rotate_days + i`, modulo the number of crews. An end at or before its start is on the next day.
    """

    role: str
    shifts: Mapping[str, tuple[int, int]]
    crews: tuple[tuple[str, ...], ...]
    rotate_days: int
    start: date


@dataclass(frozen=True, slots=True)
class Always:
    """People who can be called at any time in this role (not a shift: the eight hours do not apply)."""

    role: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """All entries of the site with the people they name."""

    timezone: str
    people: Mapping[str, Person]
    entries: tuple[ShiftPattern | Always, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of one day: [start, end) in POSIX seconds, `begins` and `ends` on the local clock."""

    role: str
    name: str
    begins: datetime
    ends: datetime
    start: float
    end: float
    people: tuple[str, ...]


def shifts(roster: Roster, role: str, start: float, end: float) -> Iterator[Shift]:
    """Shifts of a role that touch [start, end), POSIX seconds, by day and place in the pattern."""
    for pattern in roster.entries:
        if not isinstance(pattern, ShiftPattern) or pattern.role != role:
            continue
        day = local_date(start, roster.timezone) - timedelta(days=1)
        while day <= local_date(end, roster.timezone):
            for shift in _of_day(pattern, day, roster.timezone):
                if shift.start < end and shift.end > start:
                    yield shift
            day += timedelta(days=1)


def on_duty(roster: Roster, role: str, at: float) -> tuple[Person, ...]:
    """Who is to be told in this role at `at` (POSIX seconds): those of the shift, then those who always can be."""
    ids: dict[str, None] = {}
    for shift in _running(roster, role, at):
        ids.update(dict.fromkeys(shift.people))
    for entry in roster.entries:
        if isinstance(entry, Always) and entry.role == role:
            ids.update(dict.fromkeys(entry.people))
    return tuple(roster.people[person] for person in ids)


def shift_end(roster: Roster, role: str, at: float) -> float | None:
    """POSIX seconds at which the shift that runs at `at` ends; None when none runs."""
    return min((shift.end for shift in _running(roster, role, at) if shift.people), default=None)


def _running(roster: Roster, role: str, at: float) -> list[Shift]:
    # [at, at) would be empty: look a second beyond, then leave out what has not begun.
    return [shift for shift in shifts(roster, role, at, at + 1.0) if shift.start <= at]


def roles(roster: Roster) -> tuple[str, ...]:
    """Every role that the roster speaks of, in its order."""
    return tuple(dict.fromkeys(entry.role for entry in roster.entries))


def gaps(roster: Roster, role: str, start: float, end: float) -> tuple[tuple[float, float], ...]:
    """Spans of [start, end), POSIX seconds, with nobody on duty in this role."""
    if any(isinstance(entry, Always) and entry.role == role and entry.people for entry in roster.entries):
        return ()
    found: list[tuple[float, float]] = []
    covered = start
    for shift in sorted(shifts(roster, role, start, end), key=lambda shift: shift.start):
        if not shift.people:
            continue
        if shift.start > covered:
            found.append((covered, shift.start))
        covered = max(covered, shift.end)
    if covered < end:
        found.append((covered, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Overlong:
    """Somebody stands longer in one go than `LONGEST`; local times."""

    person: str
    begins: datetime
    ends: datetime


def overlong(roster: Roster, start: float, end: float, longest: timedelta = LONGEST) -> tuple[Overlong, ...]:
    """Stretches of duty in [start, end) longer than allowed, back-to-back shifts of any role taken together.

    Measured on the clock on the wall: the night on which clocks go back makes no shift too long.
    """
    stands: dict[str, list[tuple[datetime, datetime]]] = {}
    for role in roles(roster):
        for shift in shifts(roster, role, start, end):
            for person in shift.people:
                stands.setdefault(person, []).append((shift.begins, shift.ends))
    return tuple(
        Overlong(person, begins, ends)
        for person, spans in stands.items()
        for begins, ends in _joined(spans)
        if ends - begins > longest
    )


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _of_day(pattern: ShiftPattern, day: date, timezone: str) -> Iterator[Shift]:
    if day < pattern.start:
        return
    turn = (day - pattern.start).days // pattern.rotate_days
    for place, (name, (start, end)) in enumerate(pattern.shifts.items()):
        begins = at_minute(day, start)
        ends = at_minute(day, end if end > start else end + MINUTES_A_DAY)
        yield Shift(
            role=pattern.role,
            name=name,
            begins=begins,
            ends=ends,
            start=to_utc(begins, timezone),
            end=to_utc(ends, timezone),
            people=pattern.crews[(turn + place) % len(pattern.crews)] if pattern.crews else (),
        )
