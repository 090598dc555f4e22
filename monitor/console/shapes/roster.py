"""Who is on duty now, and who will be."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.times import local_day, stamp
from monitor.domain.duty import Roster, gaps, on_duty, roles, shift_end, shifts
from monitor.domain.people import Person


class PersonOut(BaseModel):
    """Somebody who can be reached."""

    id: str
    name: str
    phone: str


class NowOut(BaseModel):
    """One role at this moment; nobody is said plainly."""

    role: str
    people: list[PersonOut]
    until: str | None


class ShiftOut(BaseModel):
    """One shift of one day."""

    role: str
    name: str
    start: str
    end: str
    people: list[PersonOut]


class GapOut(BaseModel):
    """A stretch with nobody on duty in a role."""

    role: str
    start: str
    end: str


class RosterOut(BaseModel):
    """On duty now, the shifts of the coming days, and where there is nobody."""

    at: str
    now: list[NowOut]
    items: list[ShiftOut]
    gaps: list[GapOut]
    next: None = None


def roster(entries: Roster, at: float, days: int) -> RosterOut:
    """From the start of the site's day that holds `at`, so many days."""
    start, end = local_day(at, entries.timezone, days)
    return RosterOut(
        at=stamp(at),
        now=[
            NowOut(
                role=role,
                people=[_person(p) for p in on_duty(entries, role, at)],
                until=stamp(shift_end(entries, role, at)),
            )
            for role in roles(entries)
        ],
        items=[
            ShiftOut(
                role=role,
                name=shift.name,
                start=stamp(shift.start),
                end=stamp(shift.end),
                people=[_person(entries.people[p]) for p in shift.people],
            )
            for role in roles(entries)
            for shift in shifts(entries, role, start, end)
        ],
        gaps=[
            GapOut(role=role, start=stamp(gap[0]), end=stamp(gap[1]))
            for role in roles(entries)
            for gap in gaps(entries, role, at, end)
        ],
    )


def _person(person: Person) -> PersonOut:
    return PersonOut(id=person.id, name=person.name, phone=person.phone)
