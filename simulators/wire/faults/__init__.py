"""Every fault of the Modbus wire by its name. docs/simulators.md has the same table; a test holds them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulators.wire.behaviour import Behaviour, normal
from simulators.wire.faults import connections, content, frames, refusals, timing
from simulators.wire.faults.fault import WireFault

FAULTS: Final[dict[str, WireFault]] = {
    fault.name: fault
    for fault in (
        *timing.FAULTS,
        *content.FAULTS,
        *refusals.FAULTS,
        *frames.FAULTS,
        *connections.FAULTS,
    )
}
ARGUMENTS: Final[dict[str, type[Any]]] = {fault.name: fault.arguments for fault in FAULTS.values()}


def behaviour_of(active: Mapping[str, Any]) -> Behaviour:
    """The behaviour under these faults, by name with their arguments: the one that began last is seen on the wire."""
    names = [name for name in active if name in FAULTS]
    return FAULTS[names[-1]].make(active[names[-1]]) if names else normal


def cannot_happen(name: str, framing: str) -> str:
    """Why a fault has no meaning under this framing; empty when it has."""
    fault = FAULTS.get(name)
    if fault is None or framing in fault.framings:
        return ""
    return f"'{name}' is a fault of {' and '.join(fault.framings)} frames, this plant speaks {framing}"
