"""What a device allows to be read in one request."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, field_validator

from drivers.modbus.location import LAST_ADDRESS
from drivers.modbus.shape import Fields, Whole

MAX_REGISTERS: Final = 125
MAX_BITS: Final = 2000


class Limits(Fields):
    """What a device can stand in one request."""

    max_registers: Annotated[Whole, Field(ge=1, le=MAX_REGISTERS)] = MAX_REGISTERS
    max_bits: Annotated[Whole, Field(ge=1, le=MAX_BITS)] = MAX_BITS
    max_gap: Annotated[Whole, Field(ge=0, le=MAX_BITS)] = 0
    """Addresses that nobody asked for which may be read along to save a request; none by default, because
    many devices refuse a block with an undefined address in it."""
    holes: tuple[tuple[Whole, Whole], ...] = ()
    """Addresses [from, to], both included, that are never read along, in any table."""

    @field_validator("holes")
    @classmethod
    def _rising(cls, value: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        for first, last in value:
            if not 0 <= first <= last <= LAST_ADDRESS:
                raise ValueError(f"[{first}, {last}] must be [from, to] within 0 to {LAST_ADDRESS}")
        return value
