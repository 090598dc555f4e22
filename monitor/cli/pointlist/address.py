"""Addresses as datasheets write them: 40001, 4x0001, 0x1F, 1FH, 100, 100-101, 40001.3."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from drivers.modbus.location import LAST_ADDRESS, meant

Style = Literal["numbered", "plain", "hex"]
_DIGITS: Final = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}
_FUNCTIONS: Final = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_WORDS: Final = (
    ("discrete", r"discrete|离散|離散|digital input|\b1x\b|\bdi\b"),
    ("coil", r"coil|线圈|線圈|\b0x\b|\bdo\b"),
    ("input", r"input|输入|輸入|\b3x\b|\bai\b"),
    ("holding", r"holding|保持|\b4x\b|\bao\b"),
)


class NotUnderstood(ValueError):
    """A cell that says nothing that can be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it was written: not yet brought to count from 0."""

    number: int
    style: Style
    table: str | None = None
    """Where the notation names it (4x0001)."""
    registers: int | None = None
    """Where a range was given."""
    bit: int | None = None


def bare_hex(texts: Iterable[str]) -> bool:
    """Whether a column is hexadecimal without saying so: 000A stands beside 0010."""
    return any(re.fullmatch(r"(?=.*[a-fA-F])[0-9a-fA-F]{2,4}", text.strip()) for text in texts)


def parse(text: str, hexadecimal: bool = False) -> Written:
    """What stands in an address cell; `hexadecimal` where the whole column is. Raises NotUnderstood."""
    plain = text.strip().replace(" ", "")
    if hexadecimal and re.fullmatch(r"[0-9a-fA-F]{1,4}", plain):
        return Written(int(plain, 16), "hex")
    bit = None
    if found := re.fullmatch(r"(.+?)(?:[.:_/]|bit)(\d{1,2})", plain, re.IGNORECASE):
        plain, bit = found[1], int(found[2])
        if bit > 15:
            raise NotUnderstood(f"`{text}`: a register has bits 0 to 15")
    first, _, last = re.sub(r"\.\.+|[~～–—至]", "-", plain).partition("-")
    one = _number(first, text)
    if not last:
        return Written(*one, bit=bit)
    registers = _number(last, text)[0] - one[0] + 1
    if not 1 <= registers <= 125:
        raise NotUnderstood(f"`{text}` is no range of registers")
    return Written(*one, registers=registers, bit=bit)


def _number(text: str, whole: str) -> tuple[int, Style, str | None]:
    if found := re.fullmatch(r"([0134])[xX](\d{4,6})", text):
        if found[1] == "0" and len(found[2]) < 5:  # 0x0100 is hexadecimal in every datasheet
            return int(found[2], 16), "hex", None
        return int(found[2]), "numbered", _DIGITS[found[1]]
    if found := re.fullmatch(r"0[xX]([0-9a-fA-F]{1,4})|([0-9a-fA-F]{1,4})[hH]", text):
        return int(found[1] or found[2], 16), "hex", None
    if re.fullmatch(r"\d{1,6}", text):
        return int(text), "numbered" if len(text) >= 5 and text[0] in _DIGITS else "plain", None
    raise NotUnderstood(f"`{whole}` is no address: 100, 0x64, 64H, 40101, 4x0101, 100-101 or 100.3 is")


def numbered(addresses: Iterable[Written]) -> bool:
    """Whether a list numbers its registers 30001, 40001: only when each of its decimal addresses does."""
    decimal = [one for one in addresses if one.style != "hex"]
    return bool(decimal) and all(one.style == "numbered" for one in decimal)


def place(written: Written, by_number: bool, base: int, table: str) -> str:
    """`holding:0`, counted from 0. `table` counts where the address does not name one. Raises NotUnderstood."""
    if written.table is not None:
        return _within(written.table, written.number - 1, written)
    if by_number and written.style == "numbered":
        found = meant(written.number)
        if found is None:
            raise NotUnderstood(
                f"`{written.number}` is no register number: 1 to 9999, 10001, 30001, 40001 ... are"
            )
        return found
    return _within(table, written.number - base, written)


def _within(table: str, address: int, written: Written) -> str:
    if not 0 <= address <= LAST_ADDRESS:
        raise NotUnderstood(f"`{written.number}` lies outside of 0 to {LAST_ADDRESS} when counted so")
    return f"{table}:{address}"


def table_of(text: str) -> str | None:
    """The table of a function code or a word: `03`, `0x04`, `FC3`, `03/06/16`, `保持寄存器`; None for an empty cell.

    Raises NotUnderstood where nothing can be read with what stands there.
    """
    if not text:
        return None
    for name, words in _WORDS:
        if re.search(words, text, re.IGNORECASE):
            return name
    codes = map(int, re.findall(r"\d{1,4}", text))  # 0x04 gives 0 and 4, 06/16 gives 6 and 16
    for code in codes:
        if code in _FUNCTIONS:
            return _FUNCTIONS[code]
    raise NotUnderstood(f"`{text}` reads nothing: 01, 02, 03 and 04 do")
