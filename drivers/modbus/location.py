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


_FORM = re.compile(r"(coil|discrete|input|holding):(0[xX][0-9a-fA-F]+|\d+)", re.ASCII)


def parse_location(text: str) -> Location:
    """`holding:100` or `input:0x1F`. Raises ValueError when it is neither."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} must be TABLE:ADDRESS: coil, discrete, input or holding, and the zero-based address, "
            "decimal or 0x"
        )
    digits = found[2]
    address = int(digits, 16) if digits[:2].lower() == "0x" else int(digits)
    if address > LAST_ADDRESS:
        raise ValueError(f"{text!r}: the address is beyond {LAST_ADDRESS}")
    return Location(Table[found[1].upper()], address)
