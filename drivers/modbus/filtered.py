"""Modbus TCP from a device that dials in, between whose frames stand heartbeats."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from drivers.modbus.frames import LONGEST, SHORTEST
from drivers.modbus.line import Gone
from drivers.modbus.mbap import MbapLine

_START: Final = 6
"""Bytes after which a frame is known by its header: transaction, protocol 0, a length that can be."""


class Filtered(MbapLine):
    """Implements line.Line. Whole frames are passed on; what stands between them must be heartbeats."""

    def __init__(self, gone: Gone, fillers: Collection[bytes]) -> None:
        super().__init__(gone)
        self._fillers = fillers
        self._rest = b""

    @property
    def sound(self) -> bool:
        """As MbapLine; a heartbeat that waits for what comes behind it is no broken frame."""
        return super().sound and (
            not self._rest or any(self._rest.startswith(each) for each in self._fillers)
        )

    def data_received(self, data: bytes) -> None:
        """Take the stream apart."""
        self._rest += data
        while len(self._rest) >= _START:
            if not _is_header(self._rest) and (filler := self._filler()):
                self._rest = self._rest[len(filler) :]
                continue
            end = _START + int.from_bytes(self._rest[4:_START], "big")
            if _is_header(self._rest) and len(self._rest) < end:
                return
            frame, self._rest = self._rest[:end], self._rest[end:]
            super().data_received(frame)

    def _filler(self) -> bytes:
        return next((each for each in self._fillers if self._rest.startswith(each)), b"")


def _is_header(data: bytes) -> bool:
    return data[2:4] == b"\0\0" and SHORTEST <= int.from_bytes(data[4:_START], "big") <= LONGEST
