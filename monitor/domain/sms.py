"""What a text costs on the air: alphabets and parts (3GPP TS 23.038 section 6.2, TS 23.040 section 9.2.3.24.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Sent as two septets, an escape before each."""


class Alphabet(StrEnum):
    """How a text is coded on the air."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"

    @property
    def single(self) -> int:
        """Units in a message of one part."""
        return 160 if self is Alphabet.GSM7 else 70

    @property
    def part(self) -> int:
        """Units in each part of a longer message: six octets go to the header."""
        return 153 if self is Alphabet.GSM7 else 67


def alphabet(text: str) -> Alphabet:
    """GSM-7 where every character is in it, else UCS-2: one Chinese character decides for the whole message."""
    return Alphabet.GSM7 if all(c in _BASIC or c in _EXTENSION for c in text) else Alphabet.UCS2


def units(text: str) -> int:
    """Length on the air in septets or in 16-bit units."""
    return sum(_widths(text, alphabet(text)))


def parts(text: str) -> int:
    """How many messages the network charges. No character is torn between two parts."""
    code = alphabet(text)
    if sum(_widths(text, code)) <= code.single:
        return 1
    count, used = 1, 0
    for width in _widths(text, code):
        if used + width > code.part:
            count, used = count + 1, 0
        used += width
    return count


def fits(text: str, most: int) -> bool:
    """True when the text needs at most `most` parts."""
    return parts(text) <= most


def clean(text: str) -> str:
    """Untrusted text on one line: control and format characters and line breaks become single spaces.

    Format characters matter: a right-to-left override in a device's name would turn the rest of the message around.
    """
    spaced = "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in text)
    return " ".join(spaced.split())


_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _widths(text: str, code: Alphabet) -> Iterator[int]:
    if code is Alphabet.GSM7:
        return (2 if c in _EXTENSION else 1 for c in text)
    return (2 if ord(c) > 0xFFFF else 1 for c in text)
