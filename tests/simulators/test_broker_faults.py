"""What a broker, a gateway and a thief of names do to others, with a real Mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators import plantfile
from simulators.runner import Overrides, Simulation
from simulators.wire.mqtt_faults import Message
from tests.docs.pages import ROOT
from tests.simulators.support import plant_file

PLANT = """
plant: small
seed: 7
modbus: {listen: "127.0.0.1:0"}
equipment:
  - {id: lift, kind: lift, topic: lifts/1, registration: "31103101002019000011", interval: 200ms}
  - {id: wet, kind: leak-sensor, topic: zigbee2mqtt/wet, interval: 300ms}
"""


class Listener:
    """A subscriber with a session that the broker keeps."""

    def __init__(self, url: str, client_id: str = "daemon") -> None:
        self.heard: list[Message] = []
        self.sessions: list[bool] = []
        """For each connection, whether the broker knew us."""
        self.losses = 0
        host, _, port = url.removeprefix("mqtt://").rpartition(":")
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv311, clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._lost
        self._client.on_message = lambda _c, _d, m: self.heard.append(
            Message(m.topic, bytes(m.payload), m.retain)
        )
        self._client.connect_async(host, int(port))
        self._client.loop_start()

    def _connected(self, client: paho.Client, _d: object, flags: paho.ConnectFlags, *_: object) -> None:
        self.sessions.append(flags.session_present)
        client.subscribe("#", qos=1)

    def _lost(self, *_: object) -> None:
        self.losses += 1

    async def until(self, topic: str, payload: bytes = b"") -> None:
        """Wait for a message that was not heard before."""
        self.heard.clear()
        async with asyncio.timeout(15):
            while not any(each.topic == topic and payload in each.payload for each in self.heard):
                await asyncio.sleep(0.02)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Simulation, Listener]]:
    wish = Overrides(broker="127.0.0.1:0", broker_program="mosquitto")
    async with Simulation(plant_file(tmp_path, PLANT), wish) as simulation:
        listener = Listener(simulation.mqtt)
        await listener.until("lifts/1")
        yield simulation, listener
        listener.close()


@pytest.mark.real
async def test_a_gateway_goes_without_a_word_the_broker_tells_and_it_comes_back(
    house: tuple[Simulation, Listener],
) -> None:
    simulation, listener = house
    simulation.plant.inject("gateway_offline", "lift", {})
    await listener.until("lifts/1/availability", b"offline")
    await listener.until("zigbee2mqtt/wet")
    assert not [each for each in listener.heard if each.topic == "lifts/1"]
    simulation.plant.clear("gateway_offline", "lift")
    await listener.until("lifts/1/availability", b"online")


@pytest.mark.real
@pytest.mark.parametrize(("fault", "known"), [("broker_restart", True), ("session_lost", False)])
async def test_a_broker_restarts_with_its_sessions_or_without(
    house: tuple[Simulation, Listener], fault: str, known: bool
) -> None:
    simulation, listener = house
    assert listener.sessions == [False]
    simulation.plant.inject(fault, "mqtt", {}, lasts=0.5)
    await listener.until("zigbee2mqtt/wet")
    async with asyncio.timeout(15):
        while len(listener.sessions) < 2:
            await asyncio.sleep(0.02)
    await listener.until("lifts/1")
    assert listener.sessions == [False, known]


@pytest.mark.real
async def test_a_name_is_taken_by_somebody_else_and_given_back(house: tuple[Simulation, Listener]) -> None:
    simulation, listener = house
    simulation.plant.inject("client_id_stolen", "mqtt", {"client_id": "daemon"})
    async with asyncio.timeout(15):
        while listener.losses < 2:
            await asyncio.sleep(0.02)
    simulation.plant.clear("client_id_stolen", "mqtt")
    await listener.until("lifts/1")


def test_the_drills_are_a_plant_that_can_be_run() -> None:
    spec = plantfile.load(ROOT / "simulators" / "plants" / "drills.yaml")
    ready = plantfile.load(ROOT / "simulators" / "plants" / "riverside.yaml")
    assert spec.equipment == ready.equipment, "the drills are of the ready site"
    assert len({entry.fault for entry in spec.timeline}) >= 12
