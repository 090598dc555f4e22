"""Whether an equipment can be read at all, found out before anything is started."""

from __future__ import annotations

from drivers.modbus.fields import fields_of
from drivers.modbus.plan import TooLong, plan
from monitor.domain.source import EquipmentSource


def trial(source: EquipmentSource) -> None:
    """Compile the reading plan of one equipment. Raises ValueError, `equipment.point: field: what is wrong`."""
    fields = fields_of(source)
    try:
        plan((field.want for field in fields), source.type_settings.limits)
    except TooLong as error:
        index = next(field.index for field in fields if field.want == error.want)
        raise ValueError(f"{source.plan.points[index].id}: read: {error}") from None
