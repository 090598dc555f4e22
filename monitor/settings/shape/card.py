"""card: what the operator reads, whom to call, and how long there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from monitor.domain.urgency import GradeClock
from monitor.settings.fields import DURATION, LANGUAGES, Shape, Texts, duration, given, reject, text

GRADE_CLOCKS = {f"grade.{clock.value}": clock for clock in GradeClock}


def _clock(value: Any) -> float | GradeClock:
    """A duration, or the clock of the site's service grade by its name."""
    if isinstance(value, str) and value.startswith("grade."):
        return GRADE_CLOCKS.get(value) or reject(f"expected one of {', '.join(GRADE_CLOCKS)}{given(value)}")
    seconds = duration(value)
    return seconds if seconds > 0 else reject("no time at all is allowed: leave `within` out")


def _callee(value: Any) -> tuple[Mapping[str, str], str | None]:
    """Words, or a role of the roster with or without words of its own."""
    if not isinstance(value, dict) or "role" not in value:
        return text(value), None
    role = value["role"]
    if not isinstance(role, str) or not role.strip():
        reject(f"expected a role of the roster{given(role)}", "role")
    words = {key: said for key, said in value.items() if key != "role"}
    return text(words) if words else {}, role


Callee = Annotated[
    tuple[Mapping[str, str], str | None],
    BeforeValidator(_callee),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in ("role", *LANGUAGES)},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
Clock = Annotated[
    float | GradeClock,
    BeforeValidator(_clock),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{DURATION}$"}, {"enum": list(GRADE_CLOCKS)}]}),
]


class CardShape(Shape):
    """What the operator reads."""

    cause: Texts = Field(default_factory=dict)
    consequence: Texts = Field(default_factory=dict)
    action: Texts = Field(default_factory=dict)
    call: Callee | None = None
    within: Clock | None = None
