"""The one table from names in the configuration to classes; a new protocol or notifier is one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from monitor.domain.source import DriverSettings, EquipmentSource
from monitor.ports import Clock, Notifier, PolledConnection, PushedConnection
from monitor.settings.site import Channel, Connection


@dataclass(frozen=True, slots=True)
class _Driver:
    where: str
    """Module and name of its settings."""
    open: Callable[[Connection, Sequence[EquipmentSource], Clock], Any]


@dataclass(frozen=True, slots=True)
class _NotifierKind:
    where: str
    open: Callable[[Channel, Clock], Notifier]


class _OnDemand(Mapping[str, Any]):
    """Settings by name, imported when they are asked for: a start must not wait for those of which the site has none."""

    def __init__(self, table: Mapping[str, _Driver] | Mapping[str, _NotifierKind]) -> None:
        self._table = table

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = self._table[name].where.rpartition(".")
        return getattr(import_module(module), attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


# Protocol stacks are imported when the first connection needs them: each costs megabytes.


def _modbus(connection: Connection, equipment: Sequence[EquipmentSource], clock: Clock) -> PolledConnection:
    from drivers.modbus.connection import ModbusConnection

    return ModbusConnection(connection.id, connection.settings, equipment, clock)


def _mqtt(connection: Connection, equipment: Sequence[EquipmentSource], clock: Clock) -> PushedConnection:
    from drivers.mqtt.connection import MqttConnection

    return MqttConnection(connection.id, connection.settings, equipment, clock)


def _sparkplug(
    connection: Connection, equipment: Sequence[EquipmentSource], clock: Clock
) -> PushedConnection:
    from drivers.mqtt.sparkplug.connection import sparkplug_connection

    return sparkplug_connection(connection.id, connection.settings, equipment, clock)


def _simulated(channel: Channel, clock: Clock) -> Notifier:
    from monitor.notifiers.simulated import SimulatedPhone

    return SimulatedPhone(channel.id, channel.settings, clock)


def _kannel(channel: Channel, clock: Clock) -> Notifier:
    from monitor.notifiers.kannel import KannelNotifier

    return KannelNotifier(channel.id, channel.settings, clock)


def _log(channel: Channel, clock: Clock) -> Notifier:
    from monitor.notifiers.log import LogNotifier

    return LogNotifier(channel.id, channel.settings, clock)


def _smstools(channel: Channel, clock: Clock) -> Notifier:
    from monitor.notifiers.smstools import SmstoolsNotifier

    return SmstoolsNotifier(channel.id, channel.settings, clock)


def _apprise(channel: Channel, clock: Clock) -> Notifier:
    from monitor.notifiers.chat import AppriseNotifier

    return AppriseNotifier(channel.id, channel.settings)


_DRIVERS: Mapping[str, _Driver] = {
    "modbus": _Driver("drivers.modbus.settings.SETTINGS", _modbus),
    "mqtt": _Driver("drivers.mqtt.settings.SETTINGS", _mqtt),
    "sparkplug": _Driver("drivers.mqtt.sparkplug.settings.SETTINGS", _sparkplug),
}
_NOTIFIERS: Mapping[str, _NotifierKind] = {
    "simulated": _NotifierKind("monitor.notifiers.simulated.SimulatedSettings", _simulated),
    "kannel": _NotifierKind("monitor.notifiers.kannel_settings.KannelSettings", _kannel),
    "smstools": _NotifierKind("monitor.notifiers.smstools_settings.SmstoolsSettings", _smstools),
    "apprise": _NotifierKind("monitor.notifiers.chat_settings.AppriseSettings", _apprise),
    "log": _NotifierKind("monitor.notifiers.log.LogSettings", _log),
}


def driver_settings() -> Mapping[str, DriverSettings]:
    """Each driver's own settings models, for the loader."""
    return _OnDemand(_DRIVERS)


def notifier_settings() -> Mapping[str, type[BaseModel]]:
    """Each notifier's own settings model, for the loader."""
    return _OnDemand(_NOTIFIERS)


def shipped_types() -> Path:
    """The equipment types that come with the program: package data, or `config/types` of a checkout."""
    return shipped_site() / "types"


def shipped_site() -> Path:
    """The ready site that comes with the program: package data, or `config` of a checkout."""
    here = Path(__file__).parent
    packaged = here / "_config"
    return packaged if packaged.is_dir() else here.parent / "config"


def polled(driver: str) -> bool:
    """True when the driver's equipment answers when asked; False when it speaks by itself."""
    return driver_settings()[driver].polled


async def discover(
    connection: Connection, clock: Clock, *, prefix: str, seconds: float
) -> tuple[Mapping[str, str], Sequence[str]]:
    """What devices announce of themselves at a broker: files by name, and what was not understood, line by line.

    Raises ValueError where the connection is no MQTT broker, Transient when it was not there.
    """
    if connection.driver != "mqtt":
        raise ValueError(
            f"{connection.id} is {connection.driver}: discovery listens to a connection of driver mqtt"
        )
    from drivers.mqtt.discovery.overhearing import discover as overhear

    guest = driver_settings()[connection.driver].guest(connection.settings)
    found = await overhear(connection.id, guest, clock, prefix=prefix, seconds=seconds)
    return found.files, [f"{one.topic}: {one.reason}" for one in found.left]


def open_polled(
    connection: Connection, equipment: Sequence[EquipmentSource], clock: Clock
) -> PolledConnection:
    """A connection of a polled driver; nothing is sent until the first read."""
    opened: PolledConnection = _DRIVERS[connection.driver].open(connection, equipment, clock)
    return opened


def open_pushed(
    connection: Connection, equipment: Sequence[EquipmentSource], clock: Clock
) -> PushedConnection:
    """A connection of a driver that is spoken to; nothing is heard until `run`."""
    opened: PushedConnection = _DRIVERS[connection.driver].open(connection, equipment, clock)
    return opened


def open_notifier(channel: Channel, clock: Clock) -> Notifier:
    """A way of reaching people; constructors do nothing on the wire."""
    return _NOTIFIERS[channel.notifier].open(channel, clock)
