"""Where a value stands: a table and a zero-based address, as it goes over the wire."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

LAST_ADDRESS = 0xFFFF


class Table(IntEnum):
    """The four tables; the number is the function code that reads it (Modbus Application Protocol V1.1b3, 6.1-6.4).

    There is no other function code in this program: it cannot write.
    """

    COIL = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4

    @property
    def bits(self) -> bool:
        """True where one address is one bit, False where it is a register of 16."""
        return self <= Table.DISCRETE

    def __str__(self) -> str:
        return self.name.lower()


class Location(NamedTuple):
    """One address of one table."""

    table: Table
    address: int

    def __str__(self) -> str:
        return f"{self.table}:{self.address}"


class Numbered(Location):
    """An address that looks like a register number of the old kind: 40001 for the first holding register.

    Those have the table in their first digit and count from 1. As an address it is allowed: SunSpec begins at 40000.
    """

    __slots__ = ()

    @property
    def hint(self) -> str:
        """What was probably meant."""
        return (
            f"{self} is address {self.address} as it goes over the wire; a datasheet that numbers registers from "
            f"{self.address // 10_000}0001 means {meant(self.address)} (in hexadecimal, this hint goes away)"
        )


_FIRST_DIGIT = {0: "coil", 1: "discrete", 3: "input", 4: "holding"}


def meant(number: int) -> str | None:
    """`holding:0` for 40001 or 400001, the place that a datasheet means by such a number; None when it is none."""
    size = 100_000 if number > 65_535 else 10_000
    table = _FIRST_DIGIT.get(number // size)
    return f"{table}:{number % size - 1}" if table and number % size else None


_FORM = re.compile(r"(coil|discrete|input|holding):(0[xX][0-9a-fA-F]+|\d+)", re.ASCII)


def parse_location(text: str) -> Location:
    """`holding:100` or `input:0x1F`. Raises ValueError when it is neither."""
    found = _FORM.fullmatch(text)
    if found is None:
        number = meant(int(text)) if re.fullmatch(r"[134]\d{4}|[134]\d{5}", text, re.ASCII) else None
        raise ValueError(
            f"{text!r} must be TABLE:ADDRESS: coil, discrete, input or holding, and the zero-based address, "
            f"decimal or 0x{f'; a datasheet that says {text} means {number}' if number else ''}"
        )
    digits = found[2]
    address = int(digits, 16) if digits[:2].lower() == "0x" else int(digits)
    if address > LAST_ADDRESS:
        raise ValueError(f"{text!r}: the address is beyond {LAST_ADDRESS}")
    table = Table[found[1].upper()]
    # In hexadecimal nobody writes 40001: it is taken as meant.
    if digits == str(address) and str(meant(address)).startswith(f"{table}:") and address > 10_000:
        return Numbered(table, address)
    return Location(table, address)
