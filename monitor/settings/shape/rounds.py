"""checklists, checkpoints, rounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from monitor.domain.inspection import AnswerKind
from monitor.domain.rules import Priority
from monitor.settings.fields import (
    DAY_MINUTES,
    Bounds,
    Duration,
    Id,
    Key,
    Name,
    Shape,
    SpanOfDay,
    Texts,
    reject,
)


class CompareShape(Shape):
    """A number read by eye beside what the sensor says."""

    point: str
    within: float = Field(gt=0)


class ItemShape(Shape):
    """One question."""

    id: Key
    ask: Texts
    answer: Annotated[AnswerKind, Field(strict=False)] = AnswerKind.OK
    unit: str = ""
    range: Bounds | None = None
    choices: list[Name] = Field(default_factory=list)
    compare: CompareShape | None = None
    counts_failed: Id | None = None

    @model_validator(mode="after")
    def _fits_the_answer(self) -> ItemShape:
        if self.answer is AnswerKind.CHOICE and len(self.choices) < 2:
            reject("an answer by choice needs at least two `choices`")
        given: dict[str, Any] = {"range": self.range, "compare": self.compare, "unit": self.unit}
        given["counts_failed"] = self.counts_failed
        for key, value in given.items():
            if value and self.answer is not AnswerKind.NUMBER:
                reject(f"`{key}` is for `answer: number` only", key, key=True)
        if self.choices and self.answer is not AnswerKind.CHOICE:
            reject("`choices` are for `answer: choice` only", "choices", key=True)
        return self


class CheckpointShape(Shape):
    """A place that is visited."""

    id: Id
    name: Name
    location: str = ""
    equipment: list[Id] = Field(default_factory=list)
    checklist: Id | None = None
    token: str = ""


class RoundShape(Shape):
    """A tour of checkpoints."""

    id: Id
    name: Name
    checkpoints: list[Id] = Field(min_length=1)
    windows: list[SpanOfDay] = Field(default_factory=list)
    times_a_day: int = Field(default=0, ge=0, le=48)
    spacing: Duration = 0.0
    grace: Duration = 0.0
    role: Id | None = None
    priority: Annotated[Priority, Field(strict=False)] = Priority.HIGH

    @model_validator(mode="after")
    def _one_of_two(self) -> RoundShape:
        if self.windows and self.times_a_day:
            reject("`windows` and `times_a_day` exclude each other", "times_a_day", key=True)
        if not self.windows and not self.times_a_day:
            reject('when is it due? write `windows: ["07:30-08:30"]`, or `times_a_day` and `spacing`')
        if self.windows and self.spacing:
            reject("`spacing` belongs to `times_a_day`, not to `windows`", "spacing", key=True)
        if (self.times_a_day - 1) * self.spacing >= 86400:
            reject(f"{self.times_a_day} times with this spacing do not fit into a day", "spacing")
        self._windows_apart()
        return self

    def _windows_apart(self) -> None:
        taken: dict[int, int] = {}
        for i, (start, end) in enumerate(self.windows):
            minutes = range(start, end if end > start else end + DAY_MINUTES)
            if other := next((taken[m % DAY_MINUTES] + 1 for m in minutes if m % DAY_MINUTES in taken), None):
                reject(f"this window overlaps window {other} of the round", "windows", i)
            taken.update((minute % DAY_MINUTES, i) for minute in minutes)
