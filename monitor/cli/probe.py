"""`watchroom probe`: one equipment, once, raw and decoded side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor import catalogue
from monitor.cli.common import ConfigDirectory, fail, load_or_exit, run_async, told
from monitor.domain.point import Point
from monitor.domain.reading import Grade, Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.engine.listening import listen_once
from monitor.host import SystemClock
from monitor.ports import RawRead
from monitor.settings.problems import nearest
from monitor.settings.site import Equipment, Site

MOST_SHOWN = 4000
MOST_OF_A_POINT = 120
"""Characters of a text that are shown of a message, and of one point's part of it."""
PARTLY = 2
"""Exit code where the equipment answered, but not with a good value for each point."""


def probe(
    equipment: Annotated[str, typer.Argument(help="id of the equipment")],
    config: ConfigDirectory = Path("config"),
    wait: Annotated[float, typer.Option(help="seconds to listen to equipment that speaks by itself")] = 10.0,
) -> None:
    """Read one equipment once and print what came and what it means.

    Exit 0: every point is good. 2: it answered, but some points are not good, or were not heard. 1: it did not answer, or
    the point that proves that this is the right device is not good.
    """
    site = load_or_exit(config)
    chosen = site.equipment.get(equipment)
    if chosen is None:
        fail(f"no equipment {equipment!r}{nearest(equipment, site.equipment)}")
    with told():
        scan, raw = run_async(_read(site, chosen, wait))
    _show(scan, raw, chosen.source)
    raise typer.Exit(_verdict(scan, chosen.source.probe))


async def _read(site: Site, equipment: Equipment, wait: float) -> tuple[Scan, list[RawRead]]:
    configured = site.connections[equipment.connection]
    guest = catalogue.driver_settings()[configured.driver].guest
    connection = replace(configured, settings=guest(configured.settings))
    clock = SystemClock()
    if catalogue.polled(connection.driver):
        polled = catalogue.open_polled(connection, [equipment.source], clock)
        try:
            scan, raw = await polled.probe(equipment.id)
        finally:
            await polled.close()
        return scan, list(raw)
    pushed = catalogue.open_pushed(connection, [equipment.source], clock)
    return await listen_once(pushed, equipment.source, wait)


def _verdict(scan: Scan, proof: str | None) -> int:
    if proof is not None and _quality(scan, scan.plan.index[proof]) is not Quality.GOOD:
        return 1
    qualities = [_quality(scan, i) for i in range(len(scan.values))]
    if all(quality.bad or quality is Quality.NO_DATA for quality in qualities):
        return 1
    return 0 if all(quality is Quality.GOOD for quality in qualities) else PARTLY


def _quality(scan: Scan, index: int) -> Quality:
    """What the daemon would make of it: a finite value beyond the plausible range is uncertain."""
    value, point = scan.values[index], scan.plan.points[index]
    if value is ABSENT:
        return Quality.NO_DATA
    quality = scan.bad.get(index, Quality.GOOD)
    beyond = isinstance(value, int | float) and not isinstance(value, bool) and _beyond(value, point)
    return Quality.OUT_OF_RANGE if quality is Quality.GOOD and beyond else quality


def _beyond(value: float, point: Point) -> bool:
    return point.range is not None and not point.range[0] <= value <= point.range[1]


def _show(scan: Scan, raw: Sequence[RawRead], source: EquipmentSource) -> None:
    """Answers as they came, then each point with its own part of them beside its value."""
    proof = source.probe
    options: dict[str, Any] = {} if Console().is_terminal else {"width": 200}
    out = Console(highlight=False, markup=False, **options)
    parts: dict[str, _Part] = {}
    for one in raw:
        out.print(f"{one.request}: {_shown(one.answer, one.text, MOST_SHOWN)}", soft_wrap=True)
        for key, part in one.points.items():
            if part.content or key not in parts:
                parts[key] = _Part(_shown(part.content, one.text, MOST_OF_A_POINT), part.odd)
    out.print(_table(scan, parts, source))
    if proof is not None:
        said = _quality(scan, scan.plan.index[proof])
        verdict = "good" if said is Quality.GOOD else f"NOT good ({said.reason}): is this the right device?"
        out.print(f"* proof of the device: {proof} is {verdict}")


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a message is one point's, as it is shown."""

    text: str = ""
    odd: str = ""


def _shown(content: bytes, text: bool, most: int) -> str:
    """Bytes in hex, a text as it is; what a terminal would obey is spelt out."""
    if not text:
        return content.hex(" ") if most == MOST_SHOWN else content.hex(" ", 2)
    signs = str(content, "utf-8", "backslashreplace")
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in signs[:most]
    )
    return shown + (f" ... ({len(signs)} characters)" if len(signs) > most else "")


def _table(scan: Scan, parts: Mapping[str, _Part], source: EquipmentSource) -> Table:
    """A point of which nothing was heard is told with the place where it was looked for."""
    table = Table("point", "value", "unit", "quality", "raw", "", box=None)
    for i, point in enumerate(scan.plan.points):
        value = scan.values[i]
        heard = value is not ABSENT
        part = parts.get(point.key, _Part())
        quality = _quality(scan, i)
        row = (
            point.key,
            "-" if value is None or not heard else str(value),
            point.unit,
            quality.grade.value + (f" ({quality.reason})" if quality.reason else "")
            if heard
            else "not heard",
            part.text if heard or part.text else f"({source.sources[i].settings.written()})",
            " ".join(filter(None, ("*" if point.key == source.probe else "", part.odd))),
        )
        table.add_row(*row, style=_style(quality, point.key == source.probe) if heard else "dim")
    return table


def _style(quality: Quality, proves: bool) -> str:
    colour = {Grade.GOOD: "", Grade.UNCERTAIN: "yellow", Grade.BAD: "red"}[quality.grade]
    return f"bold {colour}".strip() if proves else colour
