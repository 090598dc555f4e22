"""`watchroom history import`: old history out of CSV files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    Telling,
    fail,
    load_or_exit,
    run_async,
    state_directory,
    told,
)
from monitor.domain.history import Sample
from monitor.settings.site import Site
from monitor.storage.history import open_historian
from monitor.storage.importing import Mapped, rows_of

BATCH = 5_000
SHOWN = 20
"""Mistakes that are told one by one."""


def import_history(
    files: Annotated[
        list[Path], typer.Argument(help="CSV files in UTF-8, the first line naming the columns")
    ],
    time: Annotated[str, typer.Option(help="column of the time")] = "time",
    point: Annotated[str, typer.Option(help="column of the point's name")] = "point",
    value: Annotated[str, typer.Option(help="column of the value")] = "value",
    quality: Annotated[
        str, typer.Option(help="column of the reason of a quality; good where it is missing")
    ] = "reason",
    column: Annotated[
        list[str] | None,
        typer.Option(help="NAME=equipment.point: a file with a column for each point; may be repeated"),
    ] = None,
    rename: Annotated[list[str] | None, typer.Option(help="OLD=equipment.point; may be repeated")] = None,
    time_format: Annotated[
        str | None, typer.Option(help="such as '%d.%m.%Y %H:%M:%S', local time; ISO 8601 when left out")
    ] = None,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Check every row, then write all of them; a mistake is told with its line, and nothing is written then.

    Files of `history export` need no option. Doing it again changes nothing.
    """
    site = load_or_exit(config)
    kinds = {p.id: p.kind for equipment in site.equipment.values() for p in equipment.source.plan.points}
    mapped = Mapped(
        site.timezone,
        kinds,
        time,
        point,
        value,
        quality,
        _pairs(column, kinds),
        _pairs(rename, kinds),
        time_format,
    )
    with told():
        _check(files, mapped)
        written, rejected = run_async(_import(site, state_directory(state), files, mapped))
    typer.echo(f"{written:,} values written")
    if rejected:
        fail(f"{len(rejected)} values can never be there: {rejected[0][1]}")


def _pairs(given: list[str] | None, kinds: Mapping[str, object]) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, point = text.rpartition("=")
        if not equals or point not in kinds:
            fail(f"{text!r}: write NAME=equipment.point with a point of the configuration")
        pairs[name] = point
    return pairs


def _check(files: list[Path], mapped: Mapped) -> None:
    wrong = 0
    for path in files:
        for row in rows_of(path, mapped):
            if isinstance(row, str):
                wrong += 1
                if wrong <= SHOWN:
                    typer.echo(row, err=True)
    if wrong:
        fail(f"{wrong} mistake{'s' if wrong != 1 else ''}; nothing was written")


async def _import(
    site: Site, state: Path, files: list[Path], mapped: Mapped
) -> tuple[int, list[tuple[Sample, str]]]:
    historian = open_historian(site.historian, state, site)
    written, tell = 0, Telling()
    rejected: list[tuple[Sample, str]] = []
    batch: list[Sample] = []
    try:
        for path in files:
            for row in rows_of(path, mapped):
                if not isinstance(row, str):
                    batch.append(row)
                if len(batch) >= BATCH:
                    rejected += (await historian.write(batch)).rejected
                    written += len(batch)
                    batch = []
                    tell(f"{written:,} values: {path}")
        if batch:
            rejected += (await historian.write(batch)).rejected
    finally:
        await historian.close()
    return written + len(batch) - len(rejected), rejected
