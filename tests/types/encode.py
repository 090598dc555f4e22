"""An encoder of our own, so that a mistake shared with the driver cannot cancel itself out: struct, and letters.

What an example writes as a device's answer becomes registers here:

    "4366 3333"                     words in hexadecimal, as a datasheet prints them
    {float32: 230.2}                one value, high word first
    {float32.CDAB: [230.2, 231]}    several, in an order given by letters: A is the most significant byte
    {string8: AB12}                 text, filled up with zero bytes
    {skip: 4}                       registers that are 0
"""

from __future__ import annotations

import struct
from typing import Any

_CODES = {
    **{f"int{width}": code for width, code in ((16, "h"), (32, "i"), (64, "q"))},
    **{f"uint{width}": code for width, code in ((16, "H"), (32, "I"), (64, "Q"))},
    "float32": "f",
    "float64": "d",
}


def registers(items: Any) -> bytes:
    """The bytes on the wire of a list of items, or of one."""
    return b"".join(map(_item, items if isinstance(items, list) else [items]))


def bits(text: str) -> list[bool]:
    """`"0110 1"`: coils or discrete inputs from the first address on."""
    return [sign == "1" for sign in text if sign in "01"]


def _item(item: Any) -> bytes:
    if isinstance(item, str):
        data = bytes.fromhex(item)
        assert len(data) % 2 == 0, f"{item!r} is not whole registers"
        return data
    [(name, values)] = item.items()
    if name == "skip":
        return bytes(2 * values)
    kind, _, order = name.partition(".")
    each = values if isinstance(values, list) else [values]
    return b"".join(_ordered(_one(kind, value), order) for value in each)


def _one(kind: str, value: Any) -> bytes:
    if kind.startswith("string"):
        length = int(kind.removeprefix("string"))
        return value.encode("ascii").ljust(length + length % 2, b"\0")
    if kind.startswith("bcd"):
        return bytes.fromhex(f"{value:0{int(kind.removeprefix('bcd')) // 4}d}")
    return struct.pack(">" + _CODES[kind], value)


def _ordered(data: bytes, order: str) -> bytes:
    return bytes(data["ABCDEFGH".index(letter)] for letter in order) if order else data
