"""The way to the units behind one device that dials in: as link.Link, but it can only wait to be called."""

from __future__ import annotations

import asyncio
from typing import Final

from drivers.modbus.answers import Refused, Unanswered
from drivers.modbus.line import Errands, Late, Told
from drivers.modbus.lobby import DialledLine, Lobby
from drivers.modbus.plan import Block
from drivers.modbus.registration import show
from monitor.ports import NotConnected

SILENCES: Final = 3
"""Time-outs in a row, nobody answering between them, after which the connection is taken for a dead one: a mobile
network forgets connections without telling either side."""


class DialledLink:
    """Implements the contract of Link. `whole`: nobody else stands behind the connection, so absence is that of the link."""

    def __init__(self, lobby: Lobby, registration: bytes, whole: bool) -> None:
        self._lobby = lobby
        self._registration = registration
        self._whole = whole
        self._turn = asyncio.Lock()
        self._silences = 0
        self._errands = Errands()

    @property
    def numbered(self) -> bool:
        """True when a late answer is known for what it is."""
        return self._lobby.settings.url.numbered

    async def ask(
        self, unit: int, block: Block, timeout: float | None = None, late: Late | None = None
    ) -> bytes:
        """The data of one block, verified; as Link.ask.

        Raises NotConnected while nobody can be asked, Unanswered while this one has not dialled in and others may have.
        """
        await self._lobby.open()
        async with self._turn:
            line = self._line()
            data = await self._exchange(line, unit, block, timeout or self._lobby.settings.timeout, late)
            self._silences = 0
            if self._lobby.settings.pause:
                await asyncio.sleep(self._lobby.settings.pause)
            return data

    def begin(self, unit: int, block: Block, timeout: float, told: Told, late: Late | None = None) -> None:
        """As `ask`, without waiting: `told` hears the data, or what `ask` would raise."""
        self._errands.run(self.ask(unit, block, timeout, late), told)

    async def called(self, within: float) -> None:
        """Listen, and give the device so many seconds to dial in."""
        await self._lobby.open()
        await self._lobby.wait_for(self._registration, within)

    async def close(self) -> None:
        """Let go of the listener and everybody; idempotent."""
        self._errands.close()
        await self._lobby.close()

    def _line(self) -> DialledLine:
        line = self._lobby.line(self._registration)
        if line is not None:
            return line
        why = f"{self._lobby.settings.url}: {self._lobby.why_absent(self._registration)}"
        raise NotConnected(why) if self._whole else Unanswered(why)

    async def _exchange(
        self, line: DialledLine, unit: int, block: Block, timeout: float, late: Late | None
    ) -> bytes:
        try:
            return await line.exchange(unit, block, timeout, late)
        except TimeoutError:
            self._after_silence(line)
            raise Unanswered(f"{block}: no answer within {timeout:g} s") from None
        except Refused:
            self._silences = 0
            raise
        except Unanswered:
            if not line.sound:
                self._hang_up(line, "sent what is no Modbus")
            raise

    def _after_silence(self, line: DialledLine) -> None:
        self._silences += 1
        if self._silences >= SILENCES or not line.sound:
            self._hang_up(line, "did not answer any more")

    def _hang_up(self, line: DialledLine, what: str) -> None:
        self._silences = 0
        why = f"{show(self._registration)} {what} and has not dialled in again"
        self._lobby.hang_up(self._registration, line, why)
