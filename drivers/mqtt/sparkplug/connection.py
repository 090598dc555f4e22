"""A Sparkplug B broker: the MQTT connection with another ear."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.sparkplug.hearing import SparkplugHearing
from drivers.mqtt.sparkplug.rebirth import Rebirth
from drivers.mqtt.sparkplug.settings import SparkplugConnectionSettings
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock


def sparkplug_connection(
    id: str, settings: SparkplugConnectionSettings, equipment: Sequence[EquipmentSource], clock: Clock
) -> MqttConnection:
    """Implements ports.PushedConnection. Publishes nothing unless `rebirth` is set, and then only that request."""
    ask = Rebirth().ask if settings.rebirth else None
    return MqttConnection(
        id, settings, equipment, clock, hearing=SparkplugHearing(id, equipment, settings.max_payload, ask)
    )
