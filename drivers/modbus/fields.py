"""An equipment's points as the decoder needs them, with what only all of them together can show to be wrong."""

from __future__ import annotations

from drivers.modbus.codec import Field
from drivers.modbus.point import ModbusPointSettings
from monitor.domain.source import EquipmentSource


def fields_of(source: EquipmentSource) -> tuple[Field, ...]:
    """One field for each point, in the order of the plan. Raises ValueError naming the point and its field."""
    default = source.type_settings.order
    return tuple(
        Field(index, each.settings, each.settings.order or default, _exponent(source, index))
        for index, each in enumerate(source.sources)
    )


def _exponent(source: EquipmentSource, index: int) -> int | None:
    """Where the point's power of ten stands among the others."""
    point: ModbusPointSettings = source.sources[index].settings
    if point.scale_from is None:
        return None
    name = source.sources[index].point.id
    found = source.plan.index.get(point.scale_from)
    if found is None:
        raise ValueError(f"{name}: scale_from: there is no point {point.scale_from!r}")
    other: ModbusPointSettings = source.sources[found].settings
    plain = other.scale == 1 and other.offset == 0 and other.scale_from is None and not other.values
    if not (other.as_.whole and plain):
        raise ValueError(
            f"{name}: scale_from: {point.scale_from!r} must be a whole number without scale or names"
        )
    return found
