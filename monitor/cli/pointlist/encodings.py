"""Data types as datasheets name them, in English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from monitor.cli.pointlist.address import NotUnderstood

ORDERS: Final = (
    (
        "CDAB",
        r"cdab|word.?swap|swapped|inverse|低字在前|低位在前|low word first|3412|little.?endian.?byte.?swap",
    ),
    ("BADC", r"badc|2143|byte.?swap"),
    ("DCBA", r"dcba|4321|little|小端"),
    ("ABCD", r"abcd|1234|big|大端|高字在前|高位在前|high word first"),
)
_FLOAT: Final = r"float|real|浮点|浮點|fp32|fp64|f32|f64|ieee|single|double|单精度|双精度|單精度|雙精度"
_BOOL: Final = r"\bbool|\bbit\b|开关|開關|布尔|布爾|digital|discrete|遥信|遙信"
_UNSIGNED: Final = r"unsigned|uint|ushort|ulong|udint|\bu\d|\bd?word\b|无符号|無符號|\bbyte\b"
_SIGNED: Final = r"signed|int|short|long|dint|\bs\d|\bi\d|有符号|有符號|整型|整数|整數"
_STRING: Final = r"string|char|ascii|字符|文本|\bstr"
_WIDE: Final = r"64|quad|double|双精度|雙精度|lint|8\s*(?:byte|字节)"
_DOUBLE_WORD: Final = r"32|dword|long|dint|udint|双字|雙字|4\s*(?:byte|字节|位元組)"


@dataclass(frozen=True, slots=True)
class Encoding:
    """`as:` and `order:` of a point."""

    as_: str
    order: str | None = None


def encoding_of(text: str, registers: int | None, table: str, bit: int | None, order: str = "") -> Encoding:
    """What a type cell, the number of registers and the table say together. Raises NotUnderstood."""
    said = text.casefold()
    ordered = _order(f"{said} {order.casefold()}")
    for _, words in ORDERS:
        said = re.sub(words, " ", said).strip()
    if table in ("coil", "discrete") or bit is not None or re.search(_BOOL, said):
        return Encoding("bool")
    if re.search(_STRING, said):
        return Encoding(f"string:{_characters(said, registers)}")
    width = _width(said, registers)
    family = _family(said, text, registers)
    if (family, width) in (("float", 16), ("bcd", 0)):
        width = 32
    return Encoding(f"{family}{width}", ordered if width > 16 else None)


def _family(said: str, text: str, registers: int | None) -> str:
    if "bcd" in said:
        return "bcd"
    if re.search(_FLOAT, said):
        return "float"
    if re.search(_UNSIGNED, said):
        return "uint"
    if re.search(_SIGNED, said):
        return "int"
    if re.fullmatch(r"(?:16|32|64)\s*(?:bit|位)?", said):
        return "uint"
    if not said and registers == 1:
        return "uint"
    if not said:
        raise NotUnderstood("no data type stands here, and the number of registers does not tell it")
    raise NotUnderstood(
        f"`{text}` is no data type known here: int16, uint32, float, 无符号, bool, string are"
    )


def _width(said: str, registers: int | None) -> int:
    floating = re.search(_FLOAT, said) is not None
    if registers in (1, 2, 4) and not re.search(r"16|32|64", said):
        return 16 * registers
    if re.search(_WIDE, said):
        return 64
    return 32 if floating or re.search(_DOUBLE_WORD, said) else 16


def _characters(said: str, registers: int | None) -> int:
    if found := re.search(r"(\d{1,3})", said):
        return max(1, min(int(found[1]), 250))
    if registers:
        return min(2 * registers, 250)
    raise NotUnderstood("a text without a length")


def _order(said: str) -> str | None:
    for name, words in ORDERS:
        if re.search(words, said):
            return name if name != "ABCD" else None
    return None
