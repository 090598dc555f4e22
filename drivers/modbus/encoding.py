"""How a value lies in registers: its type, and the order of its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
"""Bytes of a 32-bit value as they come over the wire, A the most significant. 64-bit values follow the same
pattern (CDAB is GHEFCDAB: words turned round, bytes within a word not); in a single register BADC and DCBA
swap the two bytes."""

LONG_ORDERS: Final[dict[str, Order]] = {
    "ABCD": "ABCD",
    "CDAB": "CDAB",
    "BADC": "BADC",
    "DCBA": "DCBA",
    "AB": "ABCD",
    "BA": "BADC",
    "ABCDEFGH": "ABCD",
    "GHEFCDAB": "CDAB",
    "BADCFEHG": "BADC",
    "HGFEDCBA": "DCBA",
}
"""The spellings found in datasheets."""

Family = Literal["bool", "int", "uint", "float", "bcd", "sm", "mod10k", "string"]
_WIDTHS: Final[dict[Family, tuple[int, ...]]] = {
    "int": (16, 32, 64),
    "uint": (16, 32, 64),
    "float": (32, 64),
    "bcd": (16, 32, 64),
    "sm": (16, 32),
    "mod10k": (32, 64),
}
"""`sm` is sign and magnitude: the highest bit alone is the sign. `mod10k` counts in words of 0 to 9999, the highest
first, so that 0x0001 0x0002 is 10002 (Modulo-10000 of PowerLogic and ION meters)."""
MAX_STRING: Final = 250
"""Characters that one answer can carry: 125 registers."""

TYPES: Final = (
    "bool int16 uint16 int32 uint32 int64 uint64 float32 float64 bcd16 bcd32 bcd64 sm16 sm32 mod10k32 mod10k64 "
    "string:LENGTH (in characters)"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A type of the datasheet. `width` is in bits; for a string the bits of its characters."""

    family: Family
    width: int

    @property
    def registers(self) -> int:
        """How many registers it takes."""
        return max(1, -(-self.width // 16))

    @property
    def whole(self) -> bool:
        """True for what is a whole number on the wire."""
        return self.family in ("int", "uint", "bcd", "sm", "mod10k")

    def __str__(self) -> str:
        if self.family == "bool":
            return "bool"
        return f"string:{self.width // 8}" if self.family == "string" else f"{self.family}{self.width}"


def parse_encoding(text: str) -> Encoding:
    """The type written as `float32` or `string:8`. Raises ValueError naming the types there are."""
    if text == "bool":
        return Encoding("bool", 16)
    if found := re.fullmatch(r"string:([1-9]\d{0,2})", text, re.ASCII):
        length = int(found[1])
        if length > MAX_STRING:
            raise ValueError(f"a string has at most {MAX_STRING} characters, not {length}")
        return Encoding("string", length * 8)
    for family, widths in _WIDTHS.items():
        for width in widths:
            if text == f"{family}{width}":
                return Encoding(family, width)
    raise ValueError(f"{text!r} is not one of {TYPES}")
