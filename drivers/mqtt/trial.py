"""Whether an equipment's messages could be understood at all, found out before anything is started."""

from __future__ import annotations

from drivers.mqtt.mapping import bindings
from monitor.domain.source import EquipmentSource


def trial(source: EquipmentSource) -> None:
    """Compile one equipment. Raises ValueError, `PLACE: what is wrong`: an equipment.point, a topic pattern, or steps
    into the type such as `also.0.points.power`."""
    bindings(source)
