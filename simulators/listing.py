"""Every fault by its name, as a text for people: `watchroom simulate --faults`."""

from __future__ import annotations

import dataclasses
from typing import Any

from simulators.kinds import ENDS, KINDS
from simulators.wire import mqtt_faults
from simulators.wire.faults import FAULTS
from simulators.wire.faults.fault import ALL, WireFault


def listing() -> str:
    """What a device may suffer by its kind, then what may happen on the wire of any Modbus device."""
    lines = ["Faults by target (in a plant file `kind`):"]
    for kind, known in {**{name: each.faults for name, each in KINDS.items()}, **_ends()}.items():
        common = FAULTS.keys() | mqtt_faults.FAULTS.keys()
        own = [f"{name}{_arguments(known[name])}" for name in known if name not in common]
        lines.append(f"  {kind}: {', '.join(own)}")
    lines += ["", "Faults of the wire (any Modbus device; target `modbus`: all of them):"]
    lines += [_line(fault) for fault in FAULTS.values()]
    lines += ["", "Faults of messages (any MQTT device):"]
    lines += [
        f"  {each.name}{_arguments(each.arguments)}: {each.does}" for each in mqtt_faults.FAULTS.values()
    ]
    return "\n".join(lines) + "\n"


def _ends() -> dict[str, Any]:
    return {f"target {name}": end.faults for name, end in ENDS.items()}


def _line(fault: WireFault) -> str:
    where = "" if fault.framings == ALL else f" [{', '.join(fault.framings)} only]"
    return f"  {fault.name}{_arguments(fault.arguments)}: {fault.does}{where}"


def _arguments(kind: type[Any]) -> str:
    """`(delay=3.0)`; durations are in seconds."""
    given = [
        f"{field.name}=..." if field.default is dataclasses.MISSING else f"{field.name}={field.default}"
        for field in dataclasses.fields(kind)
    ]
    return f" ({', '.join(given)})" if given else ""
