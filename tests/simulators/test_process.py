"""`python -m simulators` from outside, with the embedded broker, which needs no program installed."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.simulators.process import running, start
from tests.simulators.support import plant_file

pytestmark = pytest.mark.slow

EMBEDDED = ("--broker", "127.0.0.1:0", "--broker-program", "amqtt")


class Listener:
    """A subscriber that keeps what it hears."""

    def __init__(self, host: str, port: int) -> None:
        self.heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "listener", protocol=paho.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_message = self._on_message
        self._client.connect(host, port)
        self._client.loop_start()

    def _on_message(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        item = (message.topic, bytes(message.payload), message.retain)
        self._loop.call_soon_threadsafe(self.heard.put_nowait, item)

    async def until(self, topic: str, part: bytes = b"") -> tuple[str, bytes, bool]:
        """The next message of a topic that holds `part`."""
        async with asyncio.timeout(15):
            while True:
                item = await self.heard.get()
                if item[0] == topic and part in item[1]:
                    return item

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


async def test_a_plant_serves_takes_drills_and_stops_cleanly(tmp_path: Path) -> None:
    async with running(plant_file(tmp_path), *EMBEDDED) as plant:
        assert plant.ready["ready"] is True
        assert plant.ready["mqtt_connected"] is True
        reader, writer = await asyncio.open_connection(*plant.modbus)
        writer.write(bytes.fromhex("0001 0000 0006 0B 04 0000 0002"))
        answer = await asyncio.wait_for(reader.readexactly(13), 5)
        assert answer[:9] == bytes.fromhex("0001 0000 0007 0B 04 04")
        assert await plant.drill("inject not_answering meter") == "ok"
        active = json.loads((await plant.drill("status")).removeprefix("ok "))["active"]
        assert active == [{"fault": "not_answering", "target": "meter"}]
        plant.child.send_signal(signal.SIGTERM)
        told = await plant.last_line()
        assert told["stopped"] is True
        assert told["modbus"]["function_codes"] == {"11": {"4": 1}}
        assert await asyncio.wait_for(plant.child.wait(), 15) == 0
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_sensors_speak_through_the_embedded_broker(tmp_path: Path) -> None:
    async with running(plant_file(tmp_path), *EMBEDDED) as plant:
        listener = Listener(*plant.mqtt)
        try:
            _, payload, retained = await listener.until("zigbee2mqtt/wet/availability")
            assert (json.loads(payload), retained) == ({"state": "online"}, True)
            assert await plant.drill("inject leak wet") == "ok"
            _, payload, retained = await listener.until("zigbee2mqtt/wet", b'"water_leak":true')
            assert retained is False
            assert await plant.drill("inject trapped_passenger lift") == "ok"
            await listener.until("lifts/1", b'"trapped":true')
            plant.child.send_signal(signal.SIGINT)
            await listener.until("lifts/1/availability", b"offline")
        finally:
            listener.close()


async def test_a_plant_stops_when_its_parent_is_gone(tmp_path: Path) -> None:
    async with running(plant_file(tmp_path), *EMBEDDED, "--stop-on-eof") as plant:
        assert plant.child.stdin is not None
        plant.child.stdin.close()
        assert (await plant.last_line())["stopped"] is True
        assert await asyncio.wait_for(plant.child.wait(), 15) == 0


async def test_a_bad_plant_file_ends_with_78_and_every_mistake(tmp_path: Path) -> None:
    path = plant_file(tmp_path, "plant: X\nseed: y\n")
    child = await start("--plant", str(path))
    told, complained = await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 78
    assert told == b""
    assert [line.split(": ")[0] for line in complained.decode().splitlines()] == [
        f"{path}:1:8",
        f"{path}:2:7",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--modbus", "nowhere"), 78, "'nowhere' is not HOST:PORT"),
        (("--modbus", "127.0.0.1:99999"), 78, "port above 65535"),
        (("--broker", "0.0.0.0:0"), 1, "loopback only"),
        (("--mqtt", "http://127.0.0.1:1"), 78, "is not mqtt://HOST:PORT"),
        (("--mqtt", "mqtt://127.0.0.1:1", "--control", "0.0.0.0:0"), 78, "loopback only"),
    ],
)
async def test_a_bad_address_is_told(
    tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    child = await start("--plant", str(plant_file(tmp_path)), *arguments)
    told, complained = await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == code
    assert message in complained.decode()
    assert told == b""


async def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        child = await start("--plant", str(plant_file(tmp_path)), "--modbus", address)
        _, complained = await asyncio.wait_for(child.communicate(), 30)
    assert child.returncode == 1
    assert b"in use" in complained
