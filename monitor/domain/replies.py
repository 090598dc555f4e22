"""Reply codes: what a person types on a phone in the dark to acknowledge, and what they type around it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

LETTERS: Final = "ACDEFHJKMNPRTWXY"
DIGITS: Final = "34679"
"""Without signs that are taken for each other: 0 O Q, 1 I L, 2 Z, 5 S, 8 B, G, U V."""

_CODE: Final = re.compile(
    rf"(?<![A-Z0-9])[{LETTERS}](?:[{DIGITS}][{LETTERS}]){{1,3}}(?![A-Z0-9])", re.IGNORECASE | re.ASCII
)
_FILLER: Final = re.compile(r"^(?:\s|[,.;:!,。;:!、]|回覆|回复|確認|确认|收到|OK|ACK|YES)+", re.IGNORECASE)
_TRIES: Final = 16


@dataclass(frozen=True, slots=True)
class Reply:
    """What a text message asked for: the codes it names, and the rest as a note."""

    codes: tuple[str, ...]
    note: str = ""


def code_for(alarm: str, occurrence: int, annunciation: int, taken: Container[str]) -> str:
    """A short code for one annunciation, unlike any in `taken`; the same question gives the same code.

    Three signs (letter, digit, letter), and more when so many are taken that three are hard to find.
    """
    for pairs in (1, 2, 3):
        for attempt in range(_TRIES):
            seed = hashlib.sha256(f"{alarm}|{occurrence}|{annunciation}|{pairs}|{attempt}".encode()).digest()
            code = _spell(int.from_bytes(seed[:8]), pairs)
            if code not in taken:
                return code
    raise OverflowError(f"no reply code is free for {alarm}")


def _spell(number: int, pairs: int) -> str:
    number, first = divmod(number, len(LETTERS))
    signs = [LETTERS[first]]
    for _ in range(pairs):
        number, digit = divmod(number, len(DIGITS))
        number, letter = divmod(number, len(LETTERS))
        signs += [DIGITS[digit], LETTERS[letter]]
    return "".join(signs)


def parse(text: str) -> Reply:
    """The codes in a reply such as ` a7k `, `A7K ok`, `回覆A7K` or full-width `A7K`; the rest is the note."""
    upright = unicodedata.normalize("NFKC", text)
    codes = tuple(dict.fromkeys(match[0].upper() for match in _CODE.finditer(upright)))
    rest = " ".join(_CODE.sub(" ", upright).split())
    return Reply(codes, _FILLER.sub("", rest))
