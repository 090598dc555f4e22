"""`watchroom history`: readings out of the historian."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import history_copy, history_import
from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    Telling,
    fail,
    instant,
    load_or_exit,
    run_async,
    state_directory,
    told,
)
from monitor.ports import Format, Historian
from monitor.settings.site import Site
from monitor.storage.export import export_csv
from monitor.storage.exporting import FileExporter
from monitor.storage.history import open_historian

app = typer.Typer(help="Readings out of the historian.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Readings out of the historian."""


app.command("copy")(history_copy.copy_history)
app.command("import")(history_import.import_history)


@app.command("export")
def export(
    points: Annotated[list[str], typer.Argument(help="points (equipment.point) or equipment ids")],
    start: Annotated[
        str, typer.Option("--from", help="local time 2026-11-23T08:00, or a duration ago: 24h")
    ] = "24h",
    end: Annotated[str, typer.Option("--to", help="local time, or a duration ago")] = "0s",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file; standard output when left out")
    ] = None,
    bom: Annotated[bool, typer.Option(help="mark the file as UTF-8 for spreadsheets")] = False,
    format: Annotated[
        Format | None, typer.Option(help="else told from the ending of --output, else csv")
    ] = None,
    xlsx: Annotated[bool, typer.Option("--xlsx", hidden=True)] = False,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Write raw readings as CSV, a workbook or Parquet: local time with offset, value, quality.

    A workbook and Parquet need --output, Parquet also the extra of this name. One that broke off goes on with `--from` the last
    time it wrote.
    """
    site = load_or_exit(config)
    chosen = _points(site, points)
    span = instant(start, site.timezone), instant(end, site.timezone)
    if span[0] >= span[1]:
        fail(f"--from {start} is not before --to {end}")
    directory = state_directory(state)
    kind = format or (Format.XLSX if xlsx else _told_by(output))
    if kind is not Format.CSV and output is None:
        fail(f"{kind.value} goes to a file: name it with --output")
    missing = FileExporter(site.timezone).missing(kind)
    if missing is not None:
        fail(missing)
    with told():
        if output is None:
            run_async(_print(site, directory, chosen, span, bom))
            return
        rows = run_async(_export(site, directory, chosen, span, output, kind, bom))
    typer.echo(f"{output}: {rows} rows", err=True)


def _told_by(output: Path | None) -> Format:
    ending = output.suffix.lstrip(".").lower() if output is not None else ""
    return Format(ending) if ending in list(Format) else Format.CSV


async def _print(site: Site, state: Path, points: list[str], span: tuple[int, int], bom: bool) -> None:
    async with _opened(site, state) as historian:
        zone = site.timezone
        await export_csv(
            historian, points, *span, sys.stdout, timezone=zone, bom=bom, tell=_Share(points, span)
        )


async def _export(
    site: Site, state: Path, points: list[str], span: tuple[int, int], out: Path, format: Format, bom: bool
) -> int:
    async with _opened(site, state) as historian:
        exporter, tell = FileExporter(site.timezone), _Share(points, span)
        return await exporter.samples(historian, format, points, span, out, bom=bom, tell=tell)


@asynccontextmanager
async def _opened(site: Site, state: Path) -> AsyncIterator[Historian]:
    historian = open_historian(site.historian, state, site)
    try:
        yield historian
    finally:
        await historian.close()


class _Share:
    """Says on standard error how far it is."""

    def __init__(self, points: list[str], span: tuple[int, int]) -> None:
        self._points = points
        self._span = span
        self._telling = Telling()

    def __call__(self, point: str, rows: int, at_ms: int) -> None:
        start, end = self._span
        share = (self._points.index(point) + (at_ms - start) / (end - start)) / len(self._points)
        self._telling(f"{share:4.0%}, {rows:,} rows: {point}")


def _points(site: Site, wanted: list[str]) -> list[str]:
    """Points by id; an equipment's id stands for all of its points."""
    chosen: list[str] = []
    for name in wanted:
        equipment = site.equipment.get(name.partition(".")[0])
        if equipment is None:
            fail(f"no equipment {name.partition('.')[0]!r}; there are: {', '.join(site.equipment)}")
        known = [point.id for point in equipment.source.plan.points]
        if "." in name and name not in known:
            fail(f"no point {name!r}; {equipment.id} has: {', '.join(known)}")
        chosen += [name] if "." in name else known
    return chosen
