"""The console: the one door by which people come in. Its socket outlives a reload."""

from __future__ import annotations

import asyncio
import socket
from importlib import import_module

from monitor.app.alarms import Alarms
from monitor.app.ground import Ground
from monitor.app.people import People
from monitor.app.readings import Readings
from monitor.app.stores import Stores
from monitor.console.listening import bind
from monitor.console.services import Services
from monitor.engine.dutylog import DutyLog
from monitor.engine.noting import Noting
from monitor.engine.silencing import Silencing


class Door:
    """The socket that browsers and programs come to."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._bound: tuple[str, int] | None = None

    def listen(self, address: tuple[str, int]) -> None:
        """Bind it, unless it is bound there already. Raises Permanent when the address cannot be had."""
        open_ = self._socket is not None and self._socket.fileno() != -1
        if open_ and self._bound == address:
            return
        before = self._socket  # closed only when the other is had, so that there is a way back
        self._socket, self._bound = bind(address), address
        if before is not None:
            before.close()

    @property
    def socket(self) -> socket.socket:
        """What was bound."""
        if self._socket is None:
            raise RuntimeError("the console's socket is bound before anything starts")
        return self._socket


class Console:
    """What stands behind the door. `up` is set when it answers."""

    def __init__(
        self,
        door: Door,
        ground: Ground,
        stores: Stores,
        alarms: Alarms,
        readings: Readings,
        people: People,
    ) -> None:
        self.up = asyncio.Event()
        self._door, self._people, self._tally = door, people, ground.tally
        self._services = Services(
            site=ground.site,
            live=alarms.live,
            alarming=alarms.alarming,
            supervision=people.supervision,
            record=stores.journal,
            historian=stores.historian,
            quarantine=stores.quarantine.newest,
            exporter=stores.exporter,
            exports=stores.exports,
            accounts=stores.accounts,
            health=alarms.selfwatch.health,
            tally=ground.tally,
            clock=ground.clock,
            presence=people.presence,
            silencing=Silencing(alarms.alarming, alarms.writer, ground.clock),
            restless=alarms.restless.marks,
            servicing=alarms.servicing,
            substituting=readings.substituting,
            log=DutyLog(alarms.writer, ground.clock),
            noting=Noting(alarms.writer, ground.clock),
            connections=readings.connections,
            lamps=alarms.lampbook.failed,
            lit=alarms.lightbook.nights,
            phones=people.phones,
        )

    async def answer(self) -> None:
        """Its libraries are imported in a thread while all else turns already, or a start would be half as long again."""
        whole = await asyncio.to_thread(import_module, "monitor.console.whole")
        app = whole.console(self._services, self._people.called_back, self._people.take, self._tally)
        await whole.serve(app, self._door.socket, self.up.set)
