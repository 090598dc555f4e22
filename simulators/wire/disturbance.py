"""What happens to the broker of a plant while a fault says so: it goes and comes back, or somebody takes a name on it."""

from __future__ import annotations

import logging

from simulators.address import split_mqtt
from simulators.equipment.ends import MqttEnd
from simulators.wire.broker import Broker, BrokerError
from simulators.wire.impostor import Impostor

log = logging.getLogger(__name__)


class Disturbance:
    """`broker` is None where the plant did not start it: then it is not ours to stop."""

    def __init__(self, end: MqttEnd, broker: Broker | None, url: str) -> None:
        self._end = end
        self._broker = broker
        self._url = url
        self._away = False
        self._forget = False
        self._told = False
        self._impostor: Impostor | None = None
        self._stolen = ""

    async def attend(self) -> None:
        """Do what the faults that last want done."""
        self._forget = self._forget or self._end.forgets
        if self._end.away != self._away:
            await self._stop_or_start()
        if self._end.stolen != self._stolen:
            await self._take(self._end.stolen)

    async def stop(self) -> None:
        """Disturb nobody any more."""
        await self._take("")

    async def _stop_or_start(self) -> None:
        try:
            if self._broker is None:
                raise BrokerError("the broker was not started by the plant (--broker) and goes on")
            if self._end.away:
                await self._broker.pause()
            else:
                await self._broker.resume(forget=self._forget)
                self._forget = False
        except BrokerError as error:
            if not self._told:
                log.warning("%s", error)
            self._told = True
        self._away = self._end.away

    async def _take(self, client_id: str) -> None:
        impostor, self._impostor, self._stolen = self._impostor, None, client_id
        if impostor is not None:
            await impostor.stop()
        if client_id:
            self._impostor = Impostor(client_id, *split_mqtt(self._url))
