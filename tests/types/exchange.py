"""What a device answered, taken from an example: by address, or from whole frames as datasheets print them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.modbus.answers import Refused
from drivers.modbus.plan import Block
from tests.types import encode

_TABLES = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}


@dataclass
class Device:
    """The registers and bits of one device, by function code and address. What an example leaves out is 0.

    Stands in for `drivers.modbus.link.Link`.
    """

    words: dict[tuple[int, int], int] = field(default_factory=dict)
    refused: set[tuple[int, int]] = field(default_factory=set)

    async def ask(
        self, unit: int, block: Block, timeout: float | None, late: Callable[[], None] | None = None
    ) -> bytes:
        """The data of the answer to one request."""
        code = int(block.table)
        places = [(code, address) for address in range(block.start, block.start + block.count)]
        if not self.refused.isdisjoint(places):
            raise Refused(block, 2)
        found = [self.words.get(place, 0) for place in places]
        if code > 2:
            return struct.pack(f">{len(found)}H", *found)
        packed = sum(bool(word) << place for place, word in enumerate(found))
        return packed.to_bytes((len(found) + 7) // 8, "little")

    def put(self, where: str, items: Any) -> None:
        """`where` is `input:30`; a table of bits takes `"0110 1"`, a table of registers what `encode` reads."""
        name, _, address = where.partition(":")
        code, first = _TABLES[name], int(address, 0)
        if code <= 2:
            words: list[int] = [int(bit) for bit in encode.bits(items)]
        else:
            data = encode.registers(items)
            words = list(struct.unpack(f">{len(data) // 2}H", data))
        self.words.update({(code, first + place): word for place, word in enumerate(words)})

    def refuse(self, where: str) -> None:
        """Answer "illegal address" to whatever contains `input:30` or `input:30-35`."""
        name, _, span = where.partition(":")
        first, _, last = span.partition("-")
        self.refused |= {(_TABLES[name], at) for at in range(int(first, 0), int(last or first, 0) + 1)}

    def heard(self, ask: str, answer: str) -> None:
        """Whole RTU frames in hexadecimal, check sums included."""
        request, reply = _checked(ask), _checked(answer)
        unit, code, first, count = struct.unpack(">BBHH", request)
        assert reply[:2] == bytes((unit, code)), "the answer is not from the device that was asked"
        assert reply[2] == len(reply) - 3, "the answer's byte count is not its length"
        data = reply[3:]
        if code <= 2:
            text = "".join(str(byte >> place & 1) for byte in data for place in range(8))
            words = [int(sign) for sign in text[:count]]
        else:
            words = list(struct.unpack(f">{count}H", data))
        self.words.update({(code, first + place): word for place, word in enumerate(words)})


def device(example: Mapping[str, Any]) -> Device:
    """The device of one example: `answers` by address, `frames` as printed, `refuses` by address."""
    made = Device()
    for where, items in example.get("answers", {}).items():
        made.put(where, items)
    for frame in example.get("frames", []):
        made.heard(frame["ask"], frame["answer"])
    for where in example.get("refuses", []):
        made.refuse(where)
    return made


def _checked(text: str) -> bytes:
    """A frame without its check sum (Modbus over Serial Line V1.02, 6.2.2), which must be right."""
    frame = bytes.fromhex(text)
    crc = 0xFFFF
    for byte in frame[:-2]:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    assert frame[-2:] == struct.pack("<H", crc), (
        f"check sum of {text}: should be {struct.pack('<H', crc).hex()}"
    )
    return frame[:-2]
