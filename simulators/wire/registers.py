"""The four tables of a Modbus unit, as sparse maps: an address that was never written does not exist."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from enum import IntEnum


class Table(IntEnum):
    """The tables by the function code that reads them (Modbus Application Protocol V1.1b3, section 6)."""

    COIL = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4


class RegisterBank:
    """One unit's registers and bits. `max_registers` is the device's own limit per request."""

    def __init__(self, max_registers: int = 125) -> None:
        self.max_registers = max_registers
        self._tables: dict[Table, dict[int, int]] = {table: {} for table in Table}

    def reserve(self, table: Table, start: int, count: int) -> None:
        """Make addresses exist, with zero in them, where nothing stands yet."""
        for address in range(start, start + count):
            self._tables[table].setdefault(address, 0)

    def words(self, table: Table, start: int, values: Iterable[int]) -> None:
        """Write 16-bit words; negative values as two's complement."""
        for offset, value in enumerate(values):
            self._tables[table][start + offset] = value & 0xFFFF

    def bits(self, table: Table, start: int, values: Iterable[bool]) -> None:
        """Write single bits to a table of coils or discrete inputs."""
        for offset, value in enumerate(values):
            self._tables[table][start + offset] = int(value)

    def float32(self, table: Table, address: int, value: float) -> None:
        """Write an IEEE 754 number over two words, high word first."""
        self.words(table, address, struct.unpack(">HH", struct.pack(">f", value)))

    def uint32(self, table: Table, address: int, value: int) -> None:
        """Write a 32-bit count over two words, high word first."""
        self.words(table, address, (value >> 16, value))

    def read(self, table: Table, start: int, count: int) -> list[int] | None:
        """The values, or None when one of the addresses does not exist."""
        cells = self._tables[table]
        try:
            return [cells[address] for address in range(start, start + count)]
        except KeyError:
            return None
