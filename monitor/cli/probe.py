"""`watchroom probe`: one equipment, once, raw and decoded side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor import catalogue
from monitor.cli.common import ConfigDirectory, fail, load_or_exit, run_async, told
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.listening import listen_once
from monitor.host import SystemClock
from monitor.ports import RawRead
from monitor.settings.site import Equipment, Site


def probe(
    equipment: Annotated[str, typer.Argument(help="id of the equipment")],
    config: ConfigDirectory = Path("config"),
    wait: Annotated[float, typer.Option(help="seconds to listen to equipment that speaks by itself")] = 10.0,
) -> None:
    """Read one equipment once and print what came and what it means."""
    site = load_or_exit(config)
    chosen = site.equipment.get(equipment)
    if chosen is None:
        fail(f"no equipment {equipment!r}; there are: {', '.join(site.equipment)}")
    with told():
        scan, raw = run_async(_read(site, chosen, wait))
    _show(scan, raw)


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
    return await listen_once(pushed, equipment.id, wait), []


def _show(scan: Scan, raw: list[RawRead]) -> None:
    out = Console()
    for one in raw:
        out.print(f"{one.request}: {one.answer.hex(' ')}", highlight=False)
    table = Table("point", "value", "unit", "quality", box=None)
    for i, point in enumerate(scan.plan.points):
        value = scan.values[i]
        if value is ABSENT:
            continue
        quality = scan.bad.get(i, Quality.GOOD)
        table.add_row(
            point.key,
            "-" if value is None else str(value),
            point.unit,
            quality.grade.value + (f" ({quality.reason})" if quality.reason else ""),
        )
    out.print(table)
