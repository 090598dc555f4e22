"""Whether an equipment can be read at all, found out before anything is started."""

from __future__ import annotations

from drivers.modbus.compiled import compiled
from monitor.domain.source import EquipmentSource


def trial(source: EquipmentSource) -> None:
    """Compile the reading plan of one equipment. Raises ValueError, `equipment.point: field: what is wrong`."""
    compiled(source)
