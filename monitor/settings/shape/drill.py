"""drill."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from monitor.domain.weekly import Weekly, parse_weekly
from monitor.settings.fields import Duration, Id, Shape, given, reject


def weekly(value: Any) -> Weekly:
    """A time of the week from `MON 10:00`."""
    if not isinstance(value, str):
        reject(f'expected a day and a time in quotes, such as "MON 10:00"{given(value)}')
    try:
        return parse_weekly(value)
    except ValueError as error:
        reject(str(error))


WeeklyTime = Annotated[
    Weekly,
    BeforeValidator(weekly),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(MON|TUE|WED|THU|FRI|SAT|SUN) [0-9]{1,2}:[0-9]{2}$",
            "examples": ["MON 10:00"],
        }
    ),
]


class DrillShape(Shape):
    """When horn and messages are tested, every week."""

    sms: WeeklyTime | None = None
    role: Id | None = None
    channels: list[Id] = Field(default_factory=list)
    horn: WeeklyTime | None = None
    within: Duration = 600.0

    @model_validator(mode="after")
    def _whole(self) -> DrillShape:
        if self.sms is None and self.horn is None:
            reject('what is tested, and when? write `sms: "MON 10:00"`, `horn: "MON 10:00"` or both')
        if self.sms is not None and (self.role is None or not self.channels):
            reject(
                f"who is sent the test? `{'role' if self.role is None else 'channels'}` is missing beside `sms`"
            )
        if not 60 <= self.within <= 86400:
            reject("people and networks get at least 1m and at most 1d", "within")
        return self
