"""What came back, judged: the data that was asked for, or a named reason why it is not that."""

from __future__ import annotations

from enum import Enum

from drivers.modbus.plan import Block
from monitor.ports import Transient


class Unanswered(Transient):
    """Nothing usable came: silence until the time-out, or a frame that is not the answer to the request."""


class LinkLost(Transient):
    """The connection went away while the answer was awaited."""


class Blame(Enum):
    """Whom a Modbus exception code speaks of (Modbus Application Protocol V1.1b3, section 7)."""

    FUNCTION = "function"
    """The device does not have the table at all."""
    ADDRESS = "address"
    """Something within the block is not there, or the block is too long."""
    GATEWAY = "gateway"
    """The gateway did not reach the device."""
    DEVICE = "device"
    """The device cannot now."""


_CODES = {
    0x01: ("illegal function", Blame.FUNCTION),
    0x02: ("illegal data address", Blame.ADDRESS),
    0x03: ("illegal data value", Blame.ADDRESS),
    0x04: ("server device failure", Blame.DEVICE),
    0x05: ("acknowledge", Blame.DEVICE),
    0x06: ("server device busy", Blame.DEVICE),
    0x08: ("memory parity error", Blame.DEVICE),
    0x0A: ("gateway path unavailable", Blame.GATEWAY),
    0x0B: ("gateway target device failed to respond", Blame.GATEWAY),
}


class Refused(Transient):
    """A Modbus exception answer: somebody is there, and says no."""

    def __init__(self, block: Block, code: int) -> None:
        name, self.blame = _CODES.get(code, ("unknown exception", Blame.DEVICE))
        super().__init__(f"{block}: exception 0x{code:02X}, {name}")
        self.code = code


def data_of(function: int, content: bytes, block: Block) -> bytes:
    """The data part of an answer whose sender and transaction have been verified.

    `content` is what follows the function code. Raises Refused for an exception answer and Unanswered for anything
    that is not exactly what was asked for: another function, another length.
    """
    if function == block.table | 0x80:
        if len(content) != 1:
            raise Unanswered(f"{block}: an exception answer of {len(content)} bytes")
        raise Refused(block, content[0])
    if function != block.table:
        raise Unanswered(f"{block}: answered with function {function} to {int(block.table)}")
    if not content or content[0] != len(content) - 1:
        raise Unanswered(f"{block}: the answer's byte count is not its length")
    if content[0] != block.size:
        raise Unanswered(f"{block}: answered with {content[0]} bytes of data, {block.size} were asked for")
    return content[1:]
