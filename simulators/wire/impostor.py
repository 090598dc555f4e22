"""Another client under a name that is not its own: what happens when two programs are given one client id."""

from __future__ import annotations

import asyncio

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


class Impostor:
    """Connects under `client_id` with a clean session, and again each time the broker lets the other one in instead."""

    def __init__(self, client_id: str, host: str, port: int) -> None:
        # MQTT 3.1.1, 3.1.4: the server disconnects the client that was there; a clean session discards what it kept.
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv311, clean_session=True
        )
        self._client.reconnect_delay_set(min_delay=1, max_delay=2)
        self._client.connect_async(host, port, keepalive=20)
        self._client.loop_start()

    async def stop(self) -> None:
        """Leave the name to whom it belongs."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
