"""positions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from monitor.settings.fields import Id, Name, Shape, Texts

Names = Annotated[list[Name], Field(min_length=1)]


class CoverShape(Shape):
    """Some equipment; a key left out means any."""

    system: Names | None = None
    area: Names | None = None
    equipment: Annotated[list[Id], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.system is None and self.area is None and self.equipment is None:
            raise ValueError("`system`, `area` or `equipment` is missing: which equipment is it?")
        return self


class PositionShape(Shape):
    """One desk of the control room."""

    id: Id
    name: Texts
    covers: list[CoverShape] = Field(default_factory=list)
