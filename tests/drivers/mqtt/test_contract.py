"""The contract of every connection that is spoken to: against Mosquitto, and against an embedded 3.1.1 broker."""

import asyncio
import json
from functools import partial

import pytest
from paho.mqtt.client import MQTTv311
from paho.mqtt.publish import single

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.settings import MqttConnectionSettings
from tests.contracts.pushed import PushedContract
from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.support import QuickClock, Remembering, source
from tests.servers.amqtt import Amqtt
from tests.servers.mosquitto import Mosquitto

TOPIC = "zigbee2mqtt/leak-1"


def connect(port: int, version: int | None = None) -> MqttConnection:
    settings = MqttConnectionSettings.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "watchroom-test", "version": version}
    )
    return MqttConnection("hub", settings, [source()], QuickClock())


class MosquittoWire:
    def __init__(self, broker: Mosquitto, version: int | None) -> None:
        self.inlet = Remembering()
        self._broker = broker
        self._version = version

    def connection(self) -> MqttConnection:
        return connect(self._broker.port, self._version)

    async def speak(self, leak: bool) -> None:
        await publish(self._broker, TOPIC, {"water_leak": leak})

    async def rave(self) -> None:
        await publish(self._broker, TOPIC, b"\xff\x00 not this")

    async def lose(self) -> None:
        await asyncio.to_thread(self._broker.stop)

    async def find(self) -> None:
        await asyncio.to_thread(self._broker.start)


class AmqttWire:
    """amqtt speaks 3.1.1 only and forgets its sessions when it ends."""

    def __init__(self) -> None:
        self.inlet = Remembering()
        self._broker = Amqtt()
        self.port = self._broker.port

    def connection(self) -> MqttConnection:
        return connect(self.port, 3)

    async def find(self) -> None:
        await asyncio.to_thread(self._broker.start)

    async def lose(self) -> None:
        await asyncio.to_thread(self._broker.stop)

    async def close(self) -> None:
        await asyncio.to_thread(self._broker.close)

    async def _publish(self, payload: bytes) -> None:
        options = {"port": self.port, "qos": 1, "protocol": MQTTv311}
        await asyncio.to_thread(partial(single, TOPIC, payload, hostname="127.0.0.1", **options))

    async def speak(self, leak: bool) -> None:
        await self._publish(json.dumps({"water_leak": leak}).encode())

    async def rave(self) -> None:
        await self._publish(b"\xff\x00 not this")


@pytest.mark.real
class TestMosquittoSpeakingMqtt5(PushedContract):
    @pytest.fixture
    def wire(self, mosquitto: Mosquitto) -> MosquittoWire:
        return MosquittoWire(mosquitto, 5)


@pytest.mark.real
class TestMosquittoSpeakingMqtt311(PushedContract):
    @pytest.fixture
    def wire(self, mosquitto: Mosquitto) -> MosquittoWire:
        return MosquittoWire(mosquitto, 3)


@pytest.mark.slow
class TestAmqtt(PushedContract):
    @pytest.fixture
    async def wire(self):  # type: ignore[no-untyped-def]
        wire = AmqttWire()
        await wire.find()
        yield wire
        await wire.close()


async def test_without_a_version_a_broker_that_knows_only_311_is_met_there() -> None:
    wire = AmqttWire()
    await wire.find()
    connection = connect(wire.port)
    task = asyncio.create_task(connection.run(wire.inlet))
    try:
        async with asyncio.timeout(10):
            while not wire.inlet.links:
                await asyncio.sleep(0.01)
        assert wire.inlet.links == [(True, "")]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await wire.close()
