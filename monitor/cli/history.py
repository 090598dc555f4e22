"""`watchroom history`: readings out of the historian."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TextIO

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
from monitor.settings.site import Site
from monitor.storage.export import export_csv
from monitor.storage.export_xlsx import export_xlsx
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
    xlsx: Annotated[bool, typer.Option("--xlsx", help="a workbook instead of CSV; needs --output")] = False,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Write raw readings as CSV or a workbook: local time with offset, value, quality.

    One that broke off goes on with `--from` the last time it wrote.
    """
    site = load_or_exit(config)
    chosen = _points(site, points)
    span = instant(start, site.timezone), instant(end, site.timezone)
    if span[0] >= span[1]:
        fail(f"--from {start} is not before --to {end}")
    directory = state_directory(state)
    if xlsx and output is None:
        fail("a workbook goes to a file: name it with --output")
    with told():
        if output is None:
            run_async(_export(site, directory, chosen, span, sys.stdout, bom))
            return
        if xlsx:
            rows = run_async(_export(site, directory, chosen, span, output, bom))
        else:
            with output.open("w", encoding="utf-8", newline="") as file:
                rows = run_async(_export(site, directory, chosen, span, file, bom))
    typer.echo(f"{output}: {rows} rows", err=True)


async def _export(
    site: Site, state: Path, points: list[str], span: tuple[int, int], out: TextIO | Path, bom: bool
) -> int:
    historian = open_historian(site.historian, state, site)
    tell = Telling()

    def row(point: str, rows: int) -> None:
        tell(f"{rows:,} rows: {point}")

    try:
        if isinstance(out, Path):
            return await export_xlsx(historian, points, *span, out, timezone=site.timezone, tell=row)
        return await export_csv(historian, points, *span, out, timezone=site.timezone, bom=bom, tell=row)
    finally:
        await historian.close()


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
