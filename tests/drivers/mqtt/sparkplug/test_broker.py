"""Sparkplug B against a real Mosquitto: the contract of every pushed connection, and the one message we ever publish."""

from __future__ import annotations

import asyncio
import re

import pytest

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.sparkplug.connection import sparkplug_connection
from drivers.mqtt.sparkplug.rebirth import PAUSE_S, REQUEST, Rebirth
from drivers.mqtt.sparkplug.settings import (
    SparkplugConnectionSettings,
    SparkplugEquipmentSettings,
    SparkplugPointSettings,
    SparkplugTypeSettings,
)
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource
from tests.contracts.pushed import PushedContract
from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.sparkplug.edge import Edge, metric, payload
from tests.drivers.mqtt.support import QuickClock, Remembering, until
from tests.servers.mosquitto import Mosquitto

CLIENT = "watchroom-test"
POINTS = {"leak": {"metric": "Leak", "as": "bool"}, "battery": {"metric": "Battery", "as": "number"}}


def connect(port: int, version: int | None = None, *, rebirth: bool = False) -> MqttConnection:
    settings = SparkplugConnectionSettings.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": CLIENT, "version": version, "rebirth": rebirth}
    )
    points = [
        PointSource(Point("leak-1", key), SparkplugPointSettings.model_validate(fields))
        for key, fields in POINTS.items()
    ]
    source = EquipmentSource(
        plan=Plan("leak-1", tuple(one.point for one in points)),
        sources=tuple(points),
        settings=SparkplugEquipmentSettings(group="Plant", node="edge1", device="sensor"),
        type_settings=SparkplugTypeSettings(),
    )
    return sparkplug_connection("hub", settings, [source], QuickClock())


class SparkplugWire:
    def __init__(self, broker: Mosquitto, version: int) -> None:
        self.inlet = Remembering()
        self._broker = broker
        self._version = version
        self._edge = Edge()
        self._born = False

    def connection(self) -> MqttConnection:
        return connect(self._broker.port, self._version)

    async def speak(self, leak: bool) -> None:
        if not self._born:
            self._born = True
            await publish(self._broker, *self._edge.birth())
            await publish(self._broker, *self._edge.say("DBIRTH", "sensor"))
        await publish(self._broker, *self._edge.say("DDATA", "sensor", metric("Leak", "Boolean", leak)))

    async def rave(self) -> None:
        await publish(self._broker, self._edge.topic("DDATA", "sensor"), b"\xff\x00 not this")

    async def lose(self) -> None:
        await asyncio.to_thread(self._broker.stop)

    async def find(self) -> None:
        await asyncio.to_thread(self._broker.start)


@pytest.mark.real
class TestSparkplug(PushedContract):
    @pytest.fixture
    def wire(self, mosquitto: Mosquitto) -> SparkplugWire:
        return SparkplugWire(mosquitto, 5)


async def _late(broker: Mosquitto, *, rebirth: bool) -> list[str]:
    """A host that comes when the node is already speaking; what it published, by topic and length."""
    inlet = Remembering()
    connection = connect(broker.port, rebirth=rebirth)
    task = asyncio.create_task(connection.run(inlet))
    try:
        await until(lambda: inlet.up, "link up")
        edge = Edge()
        for _ in range(3):
            await publish(broker, *edge.say("DDATA", "sensor", metric(alias=1, null=True)), client="edge")
        await until(lambda: len(inlet.discards) == 3, "three messages that nobody can explain")
        await publish(broker, *edge.birth(), client="edge")
        await publish(broker, *edge.say("DBIRTH", "sensor", metric("Leak", "Boolean", True)), client="edge")
        await until(lambda: inlet.values("leak") == [True], "the birth")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()
    await until(lambda: f"Received DISCONNECT from {CLIENT}" in broker.log(), "an orderly end")
    return re.findall(rf"Received PUBLISH from {CLIENT} \(.*, '(.*)', \.\.\. \((\d+) bytes\)\)", broker.log())


@pytest.mark.real
async def test_without_rebirth_nothing_is_published(mosquitto: Mosquitto) -> None:
    assert await _late(mosquitto, rebirth=False) == []


@pytest.mark.real
async def test_with_rebirth_one_request_is_published_and_nothing_else(mosquitto: Mosquitto) -> None:
    assert await _late(mosquitto, rebirth=True) == [("spBv1.0/Plant/NCMD/edge1", str(len(REQUEST)))]


def test_the_request_is_what_an_independent_encoder_makes_of_it() -> None:
    assert payload(metric("Node Control/Rebirth", "Boolean", True), seq=None) == REQUEST


class Lending:
    """A session that keeps what is published through it."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def lend(self, use: object) -> None:
        use(self)  # type: ignore[operator]

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        assert (payload, qos, retain) == (REQUEST, 0, False)
        self.sent.append(topic)


def test_a_node_is_asked_at_most_once_a_minute() -> None:
    rebirth, session = Rebirth(), Lending()
    for seconds in (0, 1, PAUSE_S - 1, PAUSE_S, PAUSE_S + 1):
        rebirth.ask(session, "g", "n", Instant(1e9, 100 + seconds))
    rebirth.ask(session, "g", "other", Instant(1e9, 100.0))
    rebirth.ask(None, "g", "third", Instant(1e9, 100.0))
    assert session.sent == ["spBv1.0/g/NCMD/n", "spBv1.0/g/NCMD/n", "spBv1.0/g/NCMD/other"]
