"""The reading plan, pure: which addresses are wanted, and the fewest requests that bring them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from drivers.modbus.limits import Limits
from drivers.modbus.location import Table

_READ: Final = struct.Struct(">BHH")


@dataclass(frozen=True, slots=True, order=True)
class Want:
    """Addresses that belong together, because one value lies in them: never torn apart."""

    table: Table
    address: int
    count: int

    @property
    def end(self) -> int:
        """The address behind the last."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class Block:
    """One request: `count` addresses from `start` on, and what is wanted of them, by rising address."""

    table: Table
    start: int
    count: int
    wants: tuple[Want, ...]
    size: int = field(init=False, compare=False)
    """Bytes of data in the right answer."""
    pdu: bytes = field(init=False, compare=False, repr=False)
    """The request: function code, first address, quantity (Modbus Application Protocol V1.1b3, 6.1-6.4)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", (self.count + 7) // 8 if self.table.bits else self.count * 2)
        object.__setattr__(self, "pdu", _READ.pack(self.table, self.start, self.count))

    def __str__(self) -> str:
        return f"{self.table}:{self.start}+{self.count}"


class TooLong(ValueError):
    """A value does not fit into one request of this device."""

    def __init__(self, want: Want, most: int) -> None:
        super().__init__(
            f"{want.table}:{want.address} takes {want.count} addresses, the device allows {most} in a request"
        )
        self.want = want


def plan(wants: Iterable[Want], limits: Limits) -> tuple[Block, ...]:
    """The fewest blocks that hold every want whole. Raises TooLong where a single value is beyond the limits.

    Taking the wants by address and filling each block as far as it goes is the best there is, because a want that
    a block leaves out can only begin the next one.
    """
    blocks: list[Block] = []
    for table, group in groupby(sorted(set(wants)), key=lambda want: want.table):
        most = limits.max_bits if table.bits else limits.max_registers
        for want in group:
            if want.count > most:
                raise TooLong(want, most)
            last = blocks[-1] if blocks and blocks[-1].table is table else None
            if last is not None and _fits(last, want, most, limits):
                blocks[-1] = _with(last, want)
            else:
                blocks.append(_block((want,)))
    return tuple(blocks)


def split(block: Block, limits: Limits) -> tuple[Block, ...]:
    """Smaller blocks for one that the device refused: first without the gaps, then halves; () when a want stands alone."""
    exact = plan(block.wants, limits.model_copy(update={"max_gap": 0}))
    if len(exact) > 1:
        return exact
    if len(block.wants) == 1:
        return ()
    middle = len(block.wants) // 2
    return _block(block.wants[:middle]), _block(block.wants[middle:])


def _fits(block: Block, want: Want, most: int, limits: Limits) -> bool:
    end = block.start + block.count
    return (
        max(end, want.end) - block.start <= most
        and want.address - end <= limits.max_gap
        and not any(first < want.address and last >= end for first, last in limits.holes)
    )


def _with(block: Block, want: Want) -> Block:
    end = max(block.start + block.count, want.end)
    return replace(block, count=end - block.start, wants=(*block.wants, want))


def _block(wants: Sequence[Want]) -> Block:
    start = wants[0].address
    return Block(wants[0].table, start, max(want.end for want in wants) - start, tuple(wants))
