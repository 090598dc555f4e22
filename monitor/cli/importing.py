"""`watchroom import`: a vendor's point list becomes an equipment type."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from monitor import catalogue
from monitor.cli.common import fail, show_problems, told
from monitor.cli.pointlist.columns import ROLES, find_columns
from monitor.cli.pointlist.draft import Draft, Options, draft
from monitor.cli.pointlist.page import page
from monitor.cli.pointlist.table import Unreadable, read_table
from monitor.settings.library import Library
from monitor.settings.problems import ConfigurationError, nearest

_TABLES = ("holding", "input", "coil", "discrete")


def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with one point in each row")],
    name: Annotated[str | None, typer.Option(help="name of the type (default: of the file)")] = None,
    title: Annotated[str | None, typer.Option(help="title of the type")] = None,
    output: Annotated[Path | None, typer.Option(help="where to; standard output by default")] = None,
    base: Annotated[
        int | None, typer.Option(help="0 or 1: from where the vendor counts addresses", min=0, max=1)
    ] = None,
    table: Annotated[
        str | None, typer.Option(help=f"{', '.join(_TABLES)}: where the list does not say")
    ] = None,
    order: Annotated[str | None, typer.Option(help="byte order of 32-bit values, such as CDAB")] = None,
    divide: Annotated[
        bool, typer.Option("--divide", help="the factor column says by what to divide")
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help=f"ROLE=COLUMN (heading, letter or number); roles: {' '.join(ROLES)}"),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="sheet of a workbook (default: the first)")] = None,
    encoding: Annotated[str | None, typer.Option(help="of a CSV (default: UTF-8, then GB18030)")] = None,
) -> None:
    """Make an equipment type from a vendor's point list; say by row and column what could not be understood."""
    if table is not None and table not in _TABLES:
        fail(f"no table {table!r}{nearest(table, _TABLES)}")
    called = _name(name or file.stem)
    with told():
        made, unused = _read(
            file, Options(base, table, divide, order), _mapping(columns or []), sheet, encoding
        )
    if not made.points:
        _report(made, unused)
        fail(f"{file}: no point was understood")
    text = page(called, title or file.stem, file.name, made)
    _check(called, text)
    _deliver(text, output)
    _report(made, unused)


def _read(
    file: Path, options: Options, mapping: dict[str, str], sheet: str | None, encoding: str | None
) -> tuple[Draft, list[str]]:
    try:
        rows = read_table(file, sheet, encoding)
        found = find_columns(rows, mapping)
    except Unreadable as error:
        fail(f"{file}: {error}")
    return draft(rows, found, options), found.unused()


def _name(text: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
    return name or fail("the file's name makes no name of a type: say --name")


def _mapping(columns: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in columns:
        role, sign, where = one.partition("=")
        if role not in ROLES or not sign or not where:
            fail(f"--map {one}: ROLE=COLUMN is wanted{nearest(role, ROLES)}")
        found[role] = where
    return found


def _check(name: str, text: str) -> None:
    """What was made must pass `check` like any other type; where it does not, say so before it is used."""
    with tempfile.TemporaryDirectory() as directory:
        types = Path(directory) / "types"
        types.mkdir()
        (types / f"{name}.yaml").write_text(text, encoding="utf-8")
        try:
            Library(catalogue.driver_settings(), catalogue.shipped_types(), Path(directory)).page(name)
        except ConfigurationError as error:
            show_problems(error)
            typer.echo(text)
            fail("the list makes a type that `check` refuses: see above")


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    with told():
        if output.exists():
            fail(f"{output} is there already; choose another name, or remove it")
        output.write_text(text, encoding="utf-8")


def _report(made: Draft, unused: list[str]) -> None:
    points, rows = len(made.points), len(made.complaints)
    typer.echo(f"{points} point{_s(points)}, {rows} row{_s(rows)} not understood", err=True)
    for complaint in made.complaints:
        typer.echo(str(complaint), err=True)
    if remarks := [str(point.row) for point in made.points if point.remark]:
        one = len(remarks) == 1
        typer.echo(
            f"the remark{'' if one else 's'} on row{'' if one else 's'} {', '.join(remarks)} became nothing: "
            f"{'it stands' if one else 'they stand'} beside the point in the file",
            err=True,
        )
    for hint in made.hints:
        typer.echo(f"hint: {hint}", err=True)
    if unused:
        typer.echo(f"columns that nothing was made of: {', '.join(unused)}", err=True)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
