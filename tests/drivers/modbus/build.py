"""Equipment for tests, written the way a configuration writes it."""

from typing import Any

from drivers.modbus.settings import (
    ModbusConnectionSettings,
    ModbusEquipmentSettings,
    ModbusPointSettings,
    ModbusTypeSettings,
)
from monitor.domain.point import Point
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource


def equipment(
    points: dict[str, dict[str, Any]],
    id: str = "meter",
    device_id: int = 1,
    interval: float = 1.0,
    **type_: Any,
) -> EquipmentSource:
    """One device; `points` maps a key to the driver's fields, `type_` are `order` and `limits`."""
    settings = {key: ModbusPointSettings.model_validate(each) for key, each in points.items()}
    made = {key: Point(id, key, each.default_kind()) for key, each in settings.items()}
    return EquipmentSource(
        plan=Plan(id, tuple(made.values())),
        sources=tuple(PointSource(made[key], settings[key]) for key in points),
        settings=ModbusEquipmentSettings(device_id=device_id),
        type_settings=ModbusTypeSettings.model_validate(type_),
        interval=interval,
    )


def connection(url: str, **more: Any) -> ModbusConnectionSettings:
    """Connection settings from a URL and the fields of a file."""
    return ModbusConnectionSettings.model_validate({"url": url, **more})
