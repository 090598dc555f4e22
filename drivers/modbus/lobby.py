"""Where devices dial in: a listener, a door where each says who it is, and the lines of those who have been let in.

A 4G modem (DTU) opens the connection and says its registration packet; from then on it is a line like any other. What
dials in from the internet is not to be trusted: callers who are nobody are let go of, counted and told of once, and
few may stand at the door at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, cast

import structlog

from drivers.modbus.filtered import Filtered
from drivers.modbus.line import Line
from drivers.modbus.mbap import watch
from drivers.modbus.registration import Door, Verdict, show
from drivers.modbus.rtu_line import RtuLine
from drivers.modbus.settings import ModbusConnectionSettings
from monitor.ports import NotConnected, Reception, TurnedAway

log = structlog.get_logger("modbus")

AT_THE_DOOR: Final = 32
"""Callers that may be connected without having said who they are."""
UNDECIDED: Final = 0.5
"""Seconds in which a name may still grow into a longer one."""
SHOWN: Final = 64
"""Bytes of what a stranger said that are told."""
REMEMBERED: Final = 100
"""Unknown registrations that are told of; more are only counted."""


class DialledLine(Line, Protocol):
    """A line that takes over a connection which is there already."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection."""
        ...

    def data_received(self, data: bytes) -> None:
        """What comes on it."""
        ...

    def connection_lost(self, error: Exception | None) -> None:
        """It has ended."""
        ...


class Lobby:
    """Listens once it is opened. `line` gives the connection of a device that has dialled in."""

    def __init__(
        self, id: str, settings: ModbusConnectionSettings, behind: Mapping[bytes, Sequence[str]]
    ) -> None:
        """`behind` are the registration packets that are expected, and the equipment behind each."""
        self._id = id
        self.settings = settings
        self.door = Door(behind, settings.heartbeat)
        self.reception: Reception | None = None
        """Who is told of callers, where anybody is."""
        self._behind = behind
        self._fillers = (*settings.heartbeat, *behind)
        self._server: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._lines: dict[bytes, DialledLine] = {}
        self._left: dict[bytes, str] = {}
        self._arrival = asyncio.Event()
        self._callers: set[Caller] = set()
        self._strangers: set[bytes] = set()

    @property
    def port(self) -> int:
        """The port listened on, 0 while not open."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server is not None else 0

    async def open(self) -> None:
        """Listen, if not listening already. Raises NotConnected when the address cannot be taken."""
        async with self._opening:
            if self._server is not None:
                return
            url = self.settings.url
            try:
                self._server = await asyncio.get_running_loop().create_server(
                    lambda: Caller(self), url.host, url.port
                )
            except OSError as error:
                raise NotConnected(f"{url}: cannot listen: {os.strerror(error.errno or 0)}") from error

    async def close(self) -> None:
        """Let go of everybody; idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for caller in list(self._callers):
            caller.send_away()
        for line in list(self._lines.values()):
            line.close()
        self._lines.clear()
        if server is not None:
            await server.wait_closed()

    def line(self, registration: bytes) -> DialledLine | None:
        """The line of a device, None while it has not dialled in."""
        return self._lines.get(registration)

    async def wait_for(self, registration: bytes, seconds: float) -> None:
        """Return when a device has dialled in, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while registration not in self._lines:
                    self._arrival.clear()
                    await self._arrival.wait()

    def why_absent(self, registration: bytes) -> str:
        """For people: why there is no line."""
        return self._left.get(registration, f"{show(registration)} has not dialled in")

    def hang_up(self, registration: bytes, line: DialledLine, why: str) -> None:
        """End a connection that seems dead, so that the device dials in anew."""
        if self._lines.get(registration) is line:
            del self._lines[registration]
            self._gone(registration, why)
        line.close()

    # Callers

    def arrived(self, caller: Caller) -> bool:
        """Whether there is room at the door."""
        if len(self._callers) >= AT_THE_DOOR:
            self.turn_away(TurnedAway.CROWDED, b"", caller.peer)
            return False
        self._callers.add(caller)
        return True

    def departed(self, caller: Caller) -> None:
        """A caller is at the door no longer."""
        self._callers.discard(caller)

    def turn_away(self, why: TurnedAway, heard: bytes, peer: str) -> None:
        """Tell of a caller who is sent away; the log has the first of its kind only."""
        said = show(heard) if heard else ""
        if self.reception is not None:
            self.reception.turned_away(why, said, peer)
        self._tell_once(heard or b"?" + why.encode(), "modbus.dial_in.refused", said=said, peer=peer, why=why)

    def admit(self, registration: bytes, transport: asyncio.Transport, peer: str) -> None:
        """Let a device in. One that was connected under the same name is replaced: it lost its way without telling us."""
        line = self._new_line(registration)
        line.connection_made(transport)
        transport.set_protocol(line)  # type: ignore[arg-type]  # both kinds of line are protocols
        watch(transport.get_extra_info("socket"), self.settings.timeout)
        before = self._lines.get(registration)
        self._lines[registration] = line
        self._left.pop(registration, None)
        self._arrival.set()
        if before is not None:
            before.close()
        log.info(
            "modbus.dial_in.arrived",
            connection=self._id,
            registration=show(registration),
            peer=peer,
            replaces=before is not None,
        )
        if self.reception is not None:
            self.reception.arrived(
                show(registration), self._behind[registration], replaces=before is not None
            )

    def _new_line(self, registration: bytes) -> DialledLine:
        line: DialledLine

        def gone() -> None:
            if self._lines.get(registration) is line:
                del self._lines[registration]
                self._gone(registration, f"{show(registration)} hung up and has not dialled in again")

        if not self.settings.url.numbered:
            line = RtuLine(gone, settle=self.settings.timeout, fillers=self._fillers)
        else:
            line = Filtered(gone, self._fillers)
        return line

    def _gone(self, registration: bytes, why: str) -> None:
        self._left[registration] = why
        if self.reception is not None:
            self.reception.left(show(registration))
        log.warning("modbus.dial_in.left", connection=self._id, registration=show(registration), why=why)

    def _tell_once(self, key: bytes, event: str, **facts: object) -> None:
        if key not in self._strangers and len(self._strangers) < REMEMBERED:
            self._strangers.add(key)
            log.warning(event, connection=self._id, **facts)


class Caller(asyncio.Protocol):
    """Somebody at the door."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self._heard = b""
        self._transport: asyncio.Transport | None = None
        self.peer = ""
        """Where it calls from."""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give it a while to say who it is."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by name
        self.peer = str((transport.get_extra_info("peername") or ("?",))[0])
        if not self._lobby.arrived(self):
            self._transport.abort()
            return
        self._wait(self._lobby.settings.register_within, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """What it says."""
        self._heard += data
        verdict = self._lobby.door.judge(self._heard)
        if verdict is Verdict.UNKNOWN:
            self._refuse(TurnedAway.UNKNOWN)
        elif isinstance(verdict, bytes):
            if self._lobby.door.longer(self._heard):
                self._wait(UNDECIDED, lambda: self._come_in(verdict))
            else:
                self._come_in(verdict)

    def connection_lost(self, error: Exception | None) -> None:
        """It went away by itself, or was sent away."""
        self._leave_door()

    def send_away(self) -> None:
        """End the connection."""
        self._leave_door()
        if self._transport is not None:
            self._transport.abort()

    def _come_in(self, registration: bytes) -> None:
        self._leave_door()
        if self._transport is not None and not self._transport.is_closing():
            self._lobby.admit(registration, self._transport, self.peer)

    def _too_slow(self) -> None:
        self._refuse(TurnedAway.TOO_SLOW)

    def _refuse(self, why: TurnedAway) -> None:
        self._lobby.turn_away(why, self._heard[:SHOWN], self.peer)
        self.send_away()

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _leave_door(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._lobby.departed(self)
