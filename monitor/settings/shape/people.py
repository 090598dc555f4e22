"""people, roster, escalation."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from monitor.domain.notification import Unless
from monitor.domain.rules import AlarmKind, Priority
from monitor.settings.fields import DAY_MINUTES, Day, Duration, Id, Name, Shape, SpanOfDay, reject
from monitor.settings.shape.site import Language


def dialable(value: str) -> str:
    """A telephone number as networks take it."""
    if not re.fullmatch(r"\+?[0-9]{3,15}", value):
        reject(
            f'`{value}` is no telephone number: digits only, with + and country code, such as "+8613800000001"'
        )
    return value


class PersonShape(Shape):
    """Somebody who may be told."""

    id: Id
    name: Name
    phone: Annotated[str, AfterValidator(dialable)] = ""
    contacts: dict[Id, str] = Field(default_factory=dict)
    language: Language | None = None
    roles: list[Id] = Field(min_length=1)


class RosterShape(Shape):
    """Crews in shifts, or people who can always be called."""

    role: Id
    shifts: dict[str, SpanOfDay] | None = None
    crews: list[Annotated[list[Id], Field(min_length=1)]] | None = None
    rotate: Duration = 86400.0
    start: Day | None = Field(default=None, alias="from")
    always: list[Id] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> RosterShape:
        in_shifts = [key for key, value in self._shift_keys().items() if value is not None]
        if self.always is not None:
            if in_shifts:
                reject(
                    f"`always` and `{in_shifts[0]}` exclude each other; write two entries",
                    in_shifts[0],
                    key=True,
                )
            if not self.always:
                reject("nobody is named here", "always")
            return self
        if not in_shifts:
            reject("who is on duty? write `always: [...]`, or `shifts`, `crews` and `from`")
        if missing := [key for key, value in self._shift_keys().items() if value is None]:
            reject(f"`{missing[0]}` is missing beside `{in_shifts[0]}`")
        self._check_shifts()
        return self

    def _shift_keys(self) -> dict[str, object]:
        return {"shifts": self.shifts, "crews": self.crews, "from": self.start}

    def _check_shifts(self) -> None:
        if not self.crews:
            reject("no crew is named here", "crews")
        if not self.shifts:
            reject("no shift is named here", "shifts")
        if self.rotate % 86400 or self.rotate < 86400:
            reject("crews change after whole days: 1d, 2d, 7d", "rotate")
        for name, (start, end) in self.shifts.items():
            minutes = (end - start) % DAY_MINUTES or DAY_MINUTES
            if minutes > 8 * 60:
                hours = f"{minutes / 60:g}"
                reject(
                    f"shift `{name}` lasts {hours} h; nobody stays on duty for more than 8 h", "shifts", name
                )


class MatchShape(Shape):
    """Which alarms; a key left out matches all."""

    priority: list[Annotated[Priority, Field(strict=False)]] = Field(default_factory=list)
    kind: list[Annotated[AlarmKind, Field(strict=False)]] = Field(default_factory=list)
    system: list[str] = Field(default_factory=list)
    equipment: list[Id] = Field(default_factory=list)


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Ways = Annotated[
    list[Id],
    BeforeValidator(_one_or_several),
    Field(min_length=1),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
"""One channel, or several of which each stands in for the one before."""


class StepShape(Shape):
    """Tell one role by one channel, or by the next when that fails."""

    after: Duration
    role: Id
    channel: Ways
    unless: Annotated[Unless, Field(strict=False)] | None = None


class PolicyShape(Shape):
    """Who is told about the alarms that match, step by step."""

    match: MatchShape = MatchShape()
    steps: list[StepShape] = Field(min_length=1)
    over: bool = False
    name: Name = ""
