"""An equipment's points as the decoder needs them, with what only all of them together can show to be wrong."""

from __future__ import annotations

from drivers.modbus.codec import Field
from drivers.modbus.point import ModbusPointSettings
from monitor.domain.source import EquipmentSource


def fields_of(source: EquipmentSource) -> tuple[Field, ...]:
    """One field for each point, in the order of the plan. Raises ValueError naming the point and its field."""
    default = source.type_settings.order
    return tuple(
        Field(
            index,
            each.settings,
            each.settings.order or default,
            _exponent(source, index),
            _factors(source, index),
        )
        for index, each in enumerate(source.sources)
    )


def _exponent(source: EquipmentSource, index: int) -> int | None:
    """Where the point's power of ten stands among the others."""
    point: ModbusPointSettings = source.sources[index].settings
    if point.scale_from is None:
        return None
    name = source.sources[index].point.id
    found, other = _other(source, name, "scale_from", point.scale_from)
    plain = other.scale == 1 and other.offset == 0 and other.scale_from is None and not other.values
    if not (other.as_.whole and plain):
        raise ValueError(
            f"{name}: scale_from: {point.scale_from!r} must be a whole number without scale or names"
        )
    return found


def _factors(source: EquipmentSource, index: int) -> tuple[int, ...]:
    """Where the numbers that the point is multiplied by stand among the others."""
    point: ModbusPointSettings = source.sources[index].settings
    found: list[int] = []
    for key in point.multiply_by:
        name = source.sources[index].point.id
        place, other = _other(source, name, "multiply_by", key)
        if other.references() or other.values or not (other.as_.whole or other.as_.family == "float"):
            raise ValueError(f"{name}: multiply_by: {key!r} must be a number that needs no other point")
        found.append(place)
    return tuple(found)


def _other(source: EquipmentSource, name: str, field: str, key: str) -> tuple[int, ModbusPointSettings]:
    """Another point of the same equipment and its place. Raises ValueError when there is none of that name."""
    found = source.plan.index.get(key)
    if found is None:
        raise ValueError(f"{name}: {field}: there is no point {key!r}")
    return found, source.sources[found].settings
