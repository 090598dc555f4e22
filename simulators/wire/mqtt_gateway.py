"""One MQTT client of the plant: a lift's gateway, or the Zigbee bridge with all its sensors.

Paho runs its own thread; everything that touches the plant is handed back to the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulators.equipment.base import Message, MqttEquipment

log = logging.getLogger(__name__)

_HANDING_OVER = 2.0  # seconds for the broker to take a greeting or a farewell


class MqttGateway:
    """Connects, keeps connecting, publishes. While the broker is away, messages are dropped, not hoarded."""

    def __init__(self, name: str, devices: list[MqttEquipment], clock: Callable[[], datetime]) -> None:
        self.name = name
        self.connected = asyncio.Event()
        self._address = ("", 0)
        self._away = False
        self._greeting: list[paho.MQTTMessageInfo] = []
        self._devices = devices
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._client = self._make()

    def start(self, host: str, port: int) -> None:
        """Begin to connect; it goes on trying in the background."""
        self._address = host, port
        self._begin()

    def _begin(self) -> None:
        self._client.connect_async(*self._address, keepalive=20)
        self._client.loop_start()

    def _break_off(self) -> None:
        """End the connection with no farewell: what a broker sees of a gateway without power."""
        self._client.loop_stop()
        if (socket := self._client.socket()) is not None:
            socket.close()
        self._client = self._make()

    def _make(self) -> paho.Client:
        client_id = f"simulated-{self.name.replace('/', '-')}-{os.getpid()}"
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv311)
        will = self._devices[0].gateway_state(online=False)
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        return client

    async def ready(self) -> None:
        """Return when the broker has taken the greeting: from then on a new listener finds it retained."""
        await self.connected.wait()
        await asyncio.to_thread(_wait, self._greeting)

    def publish_due(self) -> None:
        """Publish what the devices have to say since the last time."""
        if self.connected.is_set():
            wall = self._clock()
            for device in self._devices:
                self._publish(device.speak(wall))

    async def attend(self) -> None:
        """Go away without a word while a device of it says so, so that the broker has to tell; then come back."""
        lost = any("gateway_offline" in device.active for device in self._devices)
        if lost and not self._away:
            self._away = True
            self.connected.clear()
            await asyncio.to_thread(self._break_off)
        elif self._away and not lost:
            self._away = False
            self._begin()

    async def stop(self) -> None:
        """Say farewell if connected, and end the client's thread."""
        if self.connected.is_set():
            last = [message for device in self._devices for message in device.farewell()]
            handed = self._publish([*last, self._devices[0].gateway_state(online=False)])
            await asyncio.to_thread(_wait, handed)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def _publish(self, messages: list[Message]) -> list[paho.MQTTMessageInfo]:
        return [self._client.publish(m.topic, m.payload, qos=1, retain=m.retain) for m in messages]

    def _on_connect(self, client: paho.Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            log.warning("%s: the broker refuses: %s", self.name, reason)
        else:
            self._loop.call_soon_threadsafe(self._greet)

    def _on_disconnect(
        self, client: paho.Client, data: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lost, reason)

    def _greet(self) -> None:
        wall = self._clock()
        greeting = [message for device in self._devices for message in device.greeting(wall)]
        self._greeting = self._publish([self._devices[0].gateway_state(online=True), *greeting])
        self.connected.set()

    def _lost(self, reason: Any) -> None:
        if self.connected.is_set() and reason.is_failure:
            log.warning("%s: connection to the broker lost: %s", self.name, reason)
        self.connected.clear()


def _wait(handed: list[paho.MQTTMessageInfo]) -> None:
    give_up = time.monotonic() + _HANDING_OVER
    for info in handed:
        if info.rc != paho.MQTT_ERR_SUCCESS:
            return
        info.wait_for_publish(max(0.0, give_up - time.monotonic()))
