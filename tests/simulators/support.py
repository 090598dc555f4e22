"""Small plants for tests."""

import textwrap
from datetime import UTC, datetime
from pathlib import Path

from simulators.plant import Plant

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

SMALL = """
plant: small
seed: 7
modbus: {listen: "127.0.0.1:0"}
equipment:
  - {id: pit, kind: sump-pit, unit: 3}
  - {id: meter, kind: sdm630, unit: 11}
  - {id: room, kind: switch-room, unit: 12}
  - {id: coils, kind: lamps-on-coils, unit: 21, failed: 1}
  - {id: words, kind: lamps-on-words, unit: 22, failed: 2}
  - {id: lift, kind: lift, topic: lifts/1, registration: "31103101002019000011"}
  - {id: wet, kind: leak-sensor, topic: zigbee2mqtt/wet, interval: 60s}
"""


def plant_file(folder: Path, text: str = SMALL) -> Path:
    """Write a plant file."""
    path = folder / "plant.yaml"
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def small_plant(folder: Path, timeline: str = "", start: datetime = NOON) -> Plant:
    """The small plant with timeline entries, one per line."""
    entries = textwrap.indent(textwrap.dedent(timeline).strip(), "  ")
    text = SMALL + (f"timeline:\n{entries}\n" if timeline else "")
    return Plant.from_file(plant_file(folder, text), start)


def run_for(plant: Plant, seconds: float, dt: float = 1.0) -> None:
    """Let plant time pass in equal steps."""
    for _ in range(round(seconds / dt)):
        plant.step(dt)
