"""One connection to one bus, gateway or device: kept up by itself, no more requests at a time than it stands."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import termios
from functools import partial
from typing import Final

from drivers.modbus.answers import Refused, Unanswered
from drivers.modbus.line import Errands, Late, Line, Outcome, Told, open_line
from drivers.modbus.mbap import MbapLine
from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings
from drivers.modbus.turnstile import Turnstile
from monitor.ports import Clock, NotConnected

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 30.0
LOST: Final = "the connection was lost"
QUIET: Final = 0.1
"""Seconds a line without numbered answers is left alone after a time-out, for an answer that is only late."""
SILENCES: Final = 3
"""Time-outs in a row, nobody answering between them, after which the connection itself is suspected (half open)."""
PATIENT: Final = 0.5
"""Seconds that a request was waited for at least, for its silence to say something of the connection."""


class Link:
    """Connects at the first request and from then on whenever it must, until closed."""

    def __init__(self, settings: ModbusConnectionSettings, clock: Clock, width: int = 1) -> None:
        """`width` requests at the same time."""
        self._settings = settings
        self._clock = clock
        self._turn = Turnstile(width)
        self._errands = Errands()
        self._keeper: asyncio.Task[None] | None = None
        self._line: Line | None = None
        self._tried = asyncio.Event()
        self._gone = asyncio.Event()
        self._problem = ""
        self._failures = 0
        self._silences = 0

    @property
    def numbered(self) -> bool:
        """True when a late answer is known for what it is."""
        return self._settings.url.numbered

    async def ask(
        self, unit: int, block: Block, timeout: float | None = None, late: Late | None = None
    ) -> bytes:
        """The data of one block, verified; `timeout` in seconds, None for the connection's.

        Raises NotConnected, LinkLost, Unanswered, or Refused for a Modbus exception. `late` hears, on a numbered link,
        that the right answer came after the time-out.
        """
        await self._turn.enter()
        try:
            line = self._line or await self._connected()
            data = await self._exchange(line, unit, block, timeout or self._settings.timeout, late)
            self._failures = self._silences = 0
            if self._settings.pause:
                await self._clock.sleep(self._settings.pause)
            return data
        finally:
            self._turn.leave()

    def begin(self, unit: int, block: Block, timeout: float, told: Told, late: Late | None = None) -> None:
        """As `ask`, without waiting: `told` hears the data, or what `ask` would raise.

        Where the line is up and free this takes no task: the answer is told of as it comes.
        """
        line = self._line
        if isinstance(line, MbapLine) and line.ready and not self._settings.pause and self._turn.slip_in():
            line.begin(unit, block, timeout, partial(self._heard, line, block, timeout, told), late)
        else:
            self._errands.run(self.ask(unit, block, timeout, late), told)

    async def close(self) -> None:
        """Let go of the socket; idempotent. A later request would connect again."""
        self._errands.close()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        self._problem = "closed"
        self._tried.set()

    # One request

    async def _exchange(
        self, line: Line, unit: int, block: Block, timeout: float, late: Late | None
    ) -> bytes:
        try:
            return await line.exchange(unit, block, timeout, late)
        except (TimeoutError, Refused, Unanswered) as error:
            raise self._after(error, line, block, timeout) from None
        except asyncio.CancelledError:
            self._drop_unless_sound(line)
            raise

    def _heard(self, line: Line, block: Block, timeout: float, told: Told, outcome: Outcome) -> None:
        self._turn.leave()
        if isinstance(outcome, bytes):
            self._failures = self._silences = 0
        else:
            outcome = self._after(outcome, line, block, timeout)
        told(outcome)

    def _after(self, error: Exception, line: Line, block: Block, waited: float) -> Exception:
        """What a request that brought no data means for the link; returns what its asker is told."""
        match error:
            case TimeoutError():
                self._after_silence(line, waited)
                return Unanswered(f"{block}: no answer within {waited:g} s")
            case Refused():
                self._failures = self._silences = 0
            case Unanswered():
                self._drop_unless_sound(line)
        return error

    def _after_silence(self, line: Line, waited: float) -> None:
        self._silences += waited >= min(PATIENT, self._settings.timeout)
        if self._silences >= SILENCES:
            self._drop(line)
        else:
            self._drop_unless_sound(line)

    def _drop_unless_sound(self, line: Line) -> None:
        """A request was given up, or answered wrongly. What still comes is harmless where answers are numbered and none
        is half here. Elsewhere it would be taken for the answer to the next request, so the connection is made anew.
        """
        if not line.sound:
            self._drop(line)

    def _drop(self, line: Line) -> None:
        """Let the keeper make the connection anew, at once."""
        if line is not self._line:  # it is being done already
            return
        self._silences = 0
        self._line = None
        self._tried.clear()
        self._gone.set()

    # Keeping it up

    async def _connected(self) -> Line:
        if self._keeper is None:
            self._tried.clear()
            self._keeper = asyncio.create_task(self._keep(), name=f"modbus {self._settings.url}")
            self._keeper.add_done_callback(lambda _: self._tried.set())
        await self._tried.wait()
        if self._keeper is not None and self._keeper.done():
            self._keeper.result()  # a bug in the keeper shows here, not in silence
        if self._line is None:
            raise NotConnected(f"{self._settings.url}: {self._problem}")
        return self._line

    async def _keep(self) -> None:
        while True:
            self._gone.clear()
            line, problem = await self._open()
            if line is not None:
                try:
                    await self._until_gone(line)
                finally:
                    self._line = None
                    line.close()
            if self._tried.is_set() or problem:  # not dropped by ourselves
                self._problem = problem or LOST
                self._failures += 1
                self._tried.set()
                await self._clock.sleep(self._pause())
            elif not self.numbered:
                await self._clock.sleep(QUIET)

    async def _open(self) -> tuple[Line | None, str]:
        """Try once: a line, or what was wrong."""
        try:
            async with asyncio.timeout(self._settings.timeout):
                line = await open_line(self._settings, self._on_gone)
        except TimeoutError:
            return None, f"no connection within {self._settings.timeout:g} s"
        except OSError as error:
            return None, _reason(error)
        except termios.error as error:  # a line that cannot do what the URL asks of it
            return None, f"the line refuses baud, parity or stop bits: {error.args[-1]}"
        try:
            if self._settings.pause_after_connect:
                await self._clock.sleep(self._settings.pause_after_connect)
        except BaseException:
            line.close()
            raise
        return line, ""

    async def _until_gone(self, line: Line) -> None:
        if not self._gone.is_set():
            self._line = line
            self._silences = 0
        self._tried.set()
        await self._gone.wait()

    def _pause(self) -> float:
        """Longer after each failure and never the same for two links, so that a gateway is not stormed when it returns.

        A connection that was lost after it had served is made anew nearly at once.
        """
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreading, not secrecy

    def _on_gone(self) -> None:
        """The other side, or the network, ended it."""
        self._line = None
        self._problem = LOST
        self._gone.set()


def _reason(error: OSError) -> str:
    """`Connection refused` rather than asyncio's "Connect call failed" with the address once more."""
    if error.errno is not None and error.errno > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno)
    return error.strerror or str(error)
