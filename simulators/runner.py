"""The plant on the wire: starts what listens and publishes, and lets real time drive the plant."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from simulators import plantfile
from simulators.address import join, split, split_mqtt
from simulators.control import Control
from simulators.plant import Plant
from simulators.wire.broker import Broker, BrokerError, start_broker
from simulators.wire.dial_out import DialOut
from simulators.wire.disturbance import Disturbance
from simulators.wire.modbus_server import ModbusServer
from simulators.wire.mqtt_gateway import MqttGateway

log = logging.getLogger(__name__)

_TICK = 0.1  # real seconds between two steps of the plant
_CONNECT_TIME = 5.0  # real seconds to wait for the broker before serving without it


@dataclass(frozen=True)
class Overrides:
    """What a command line changes of a plant file. `broker` starts one; its address then replaces the URL."""

    modbus: str | None = None
    mqtt: str | None = None
    broker: str | None = None
    broker_program: str = "auto"
    control: str | None = None


class Simulation:
    """A running plant; use it with `async with`. The addresses are those really taken."""

    def __init__(
        self,
        plant_file: Path,
        overrides: Overrides | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises marked.PlantError for a bad plant file."""
        self._overrides = overrides or Overrides()
        self._clock = clock
        self.spec = plantfile.load(plant_file)
        self.plant = Plant(self.spec, clock())
        self.server = ModbusServer(self.plant.bus)
        self.modbus = ""
        self.mqtt = ""
        self.control = ""
        self._broker: Broker | None = None
        self._disturbance: Disturbance | None = None
        self._modem: DialOut | None = None
        self._gateways: list[MqttGateway] = []
        self._control = Control(self.plant, lambda: {"modbus": self.server.recorder.summary()})
        self._clockwork: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, connect, let time run. Raises OSError, BrokerError, or ValueError for a bad address."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        wish = self._overrides
        self.modbus = join(*await self.server.start(*split(wish.modbus or self.spec.modbus.listen)))
        self._dial()
        if wish.broker:
            self._broker = await start_broker(*split(wish.broker), wish.broker_program)
        self.mqtt = self._broker.url if self._broker else wish.mqtt or self.spec.mqtt_url
        self._disturbance = Disturbance(self.plant.mqtt_end, self._broker, self.mqtt)
        if wish.control:
            self.control = await self._control.start(wish.control)
        await self._connect(*split_mqtt(self.mqtt))
        self._clockwork = asyncio.create_task(self._run())

    def _dial(self) -> None:
        """Dial in somewhere as well, like a modem, where the plant file says so."""
        modbus = self.spec.modbus
        if modbus.dial:
            heartbeat = modbus.heartbeat.encode()
            self._modem = DialOut(self.plant.bus, modbus.registration.encode(), heartbeat, every=10.0)
            self._modem.start(*split(modbus.dial))

    async def _connect(self, host: str, port: int) -> None:
        for name, devices in self.plant.gateways.items():
            gateway = MqttGateway(name, devices, self._clock)
            self._gateways.append(gateway)
            gateway.start(host, port)
        try:
            async with asyncio.timeout(_CONNECT_TIME):
                for gateway in self._gateways:
                    await gateway.ready()
        except TimeoutError:
            log.warning("no broker at %s yet; the plant keeps trying", self.mqtt)

    @property
    def mqtt_connected(self) -> bool:
        """Whether every gateway has its broker."""
        return all(gateway.connected.is_set() for gateway in self._gateways)

    async def ended(self) -> None:
        """Return only by an error: the clockwork failed, or the broker ended by itself (BrokerError)."""
        assert self._clockwork is not None  # noqa: S101 - start comes first
        waits = {self._clockwork}
        if self._broker is not None:
            waits.add(asyncio.create_task(self._broker.ended()))
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits - {self._clockwork}:
                task.cancel()
        for task in done:
            task.result()
        raise BrokerError("the broker ended by itself")

    async def stop(self) -> None:
        """Take leave of the broker, close everything; returns when all is closed."""
        if self._clockwork is not None:
            self._clockwork.cancel()
            await asyncio.gather(self._clockwork, return_exceptions=True)
        if self._disturbance is not None:
            await self._disturbance.stop()
        await asyncio.gather(*(gateway.stop() for gateway in self._gateways))
        self._gateways = []
        if self._modem is not None:
            await self._modem.stop()
        await self._control.stop()
        await self.server.stop()
        if self._broker is not None:
            await self._broker.stop()

    async def _run(self) -> None:
        """Plant time follows the loop's clock, never the wall clock, which may be set."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(_TICK)
            now = loop.time()
            self.plant.step((now - last) * self.spec.head.speed)
            last = now
            await self.server.refuse(self.plant.modbus_end.refusing)
            if self._disturbance is not None:
                await self._disturbance.attend()
            for gateway in self._gateways:
                await gateway.attend()
                gateway.publish_due()

    async def __aenter__(self) -> Simulation:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def run(
    plant_file: Path,
    overrides: Overrides,
    stop: asyncio.Event,
    on_ready: Callable[[Simulation], None] = lambda simulation: None,
) -> Simulation:
    """Run a plant until `stop` is set; the ended simulation still knows what was asked of it."""
    async with Simulation(plant_file, overrides) as simulation:
        on_ready(simulation)
        stopping = asyncio.create_task(stop.wait())
        ending = asyncio.create_task(simulation.ended())
        try:
            await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            ending.cancel()
        if ending.done():
            await ending
    return simulation
