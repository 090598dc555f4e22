"""From rows to points, each row either a point or a complaint with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from drivers.modbus.point import ModbusPointSettings
from monitor.cli.pointlist import numbers
from monitor.cli.pointlist.address import NotUnderstood, Written, bare_hex, numbered, parse, place, table_of
from monitor.cli.pointlist.columns import Columns
from monitor.cli.pointlist.encodings import Encoding, encoding_of
from monitor.cli.pointlist.keys import key_of
from monitor.cli.pointlist.table import Row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller knows better than any guess."""

    base: int | None = None
    table: str | None = None
    divide: bool = False
    order: str | None = None


@dataclass(frozen=True, slots=True)
class DraftPoint:
    """One point as it will stand in the type."""

    row: int
    key: str
    label: str
    read: str
    encoding: Encoding
    bit: int | None
    scale: float
    unit: str
    range: tuple[float, float] | None
    states: dict[int, str]
    invalid: tuple[str, ...] = ()
    remark: str = ""
    """What stands beside it in the list and became nothing."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A row of which no point was made: where, and why."""

    row: int
    column: str
    why: str
    cells: tuple[str, ...]

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.why}"


@dataclass(slots=True)
class Draft:
    """What came of a list. `hints` are guesses that should be looked at."""

    points: list[DraftPoint] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


class _Cell(Exception):
    def __init__(self, role: str, why: str) -> None:
        super().__init__(why)
        self.role = role


def draft(rows: Sequence[Row], columns: Columns, options: Options) -> Draft:
    """Every row below the headings as a point or a complaint. Nothing is left out."""
    made = Draft()
    body = [row for row in rows if row.number > columns.header.number]
    hexadecimal = _hexadecimal(body, columns, made.hints)
    addresses = _addresses(body, columns, hexadecimal)
    by_number = numbered(addresses.values())
    base = _base(addresses.values(), by_number, options, made.hints)
    tables = False
    for row in body:
        try:
            point, told = _point(row, columns, options, addresses.get(row.number), by_number, base)
        except _Cell as cell:
            made.complaints.append(Complaint(row.number, columns.heading(cell.role), str(cell), row.cells))
            continue
        if refused := _refused(point):
            made.complaints.append(Complaint(row.number, columns.heading("address"), refused, row.cells))
            continue
        made.points.append(point)
        tables = tables or told
    made.points = _distinct(made.points)
    if made.points and not tables and not by_number and options.table is None:
        made.hints.append(
            "nothing says which table is meant: holding registers were taken; --table input if they are not"
        )
    _scale_hint(body, columns, options, made.hints)
    return made


def _hexadecimal(rows: Sequence[Row], columns: Columns, hints: list[str]) -> bool:
    if re.search(r"hex|16\s*进制|十六|16\s*進", columns.heading("address"), re.IGNORECASE):
        return True
    if not bare_hex(columns.of(row, "address") for row in rows):
        return False
    hints.append("the addresses are taken as hexadecimal, because some of them can be nothing else")
    return True


def _addresses(rows: Sequence[Row], columns: Columns, hexadecimal: bool) -> dict[int, Written]:
    found: dict[int, Written] = {}
    for row in rows:
        try:
            found[row.number] = parse(columns.of(row, "address"), hexadecimal)
        except NotUnderstood:
            continue
    return found


def _base(addresses: Iterable[Written], by_number: bool, options: Options, hints: list[str]) -> int:
    if options.base is not None:
        return options.base
    plain = [one.number for one in addresses if not by_number or one.style != "numbered"]
    if plain and 0 not in plain:
        hints.append(
            f"addresses are taken as they go over the wire, from 0 (the first is {min(plain)}); "
            "if the vendor counts from 1, say --base 1: read one value to be sure"
        )
    return 0


def _point(
    row: Row, columns: Columns, options: Options, written: Written | None, by_number: bool, base: int
) -> tuple[DraftPoint, bool]:
    def cell(role: str) -> str:
        return columns.of(row, role)

    name = " ".join((cell("name") or cell("key")).split())
    if not name:
        raise _Cell("name", "a point without a name")
    if cell("access").strip().casefold() in numbers.ACCESS_WRITE_ONLY:
        raise _Cell("access", f"`{cell('access')}`: it can only be written, which Watchroom never does")
    if written is None:
        written = _try("address", lambda: parse(cell("address")))
    where = written
    told = _try("function", lambda: table_of(cell("function")))
    table = told or where.table or options.table or "holding"
    read = _try("address", lambda: place(where, by_number, base, table))
    named = read.partition(":")[0]
    bit = _bit(cell("bit"), where)
    registers = _registers(cell("length"), where)
    encoding = _try(
        "type", lambda: encoding_of(cell("type"), registers, named, bit, cell("order") or options.order or "")
    )
    unit, before = numbers.unit_of(cell("unit"))
    plain = encoding.as_ == "bool" or encoding.as_.startswith("string")
    scale = 1.0 if plain else before * _try("scale", lambda: numbers.scale_of(cell("scale"), options.divide))
    whole = encoding.as_.startswith(("int", "uint", "bcd"))
    states = numbers.states_of(cell("states")) if whole and scale == 1 else {}
    invalid = numbers.invalid_of(cell("states")) if whole else ()
    return (
        DraftPoint(
            row=row.number,
            key=key_of(cell("key") or name, read, bit),
            label=name[:120],
            read=read,
            encoding=encoding,
            bit=(bit or 0) if encoding.as_ == "bool" and named in ("holding", "input") else None,
            scale=scale,
            unit="" if plain else unit,
            range=None if plain else numbers.range_of(cell("range")),
            states=states,
            invalid=invalid,
            remark="" if states or invalid else " ".join(cell("states").split()),
        ),
        told is not None,
    )


def _refused(point: DraftPoint) -> str:
    """Why the driver would not take the point; empty where it does."""
    fields: dict[str, Any] = {"read": point.read, "as": point.encoding.as_, "scale": point.scale}
    optional = {"order": point.encoding.order, "bit": point.bit, "values": point.states or None}
    try:
        ModbusPointSettings.model_validate(fields | {k: v for k, v in optional.items() if v is not None})
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""


def _try(role: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except NotUnderstood as error:
        raise _Cell(role, str(error)) from None


def _bit(text: str, written: Written) -> int | None:
    if not text:
        return written.bit
    found = re.fullmatch(r"(?:bit|位|b)?\s*(\d{1,2})", text.strip(), re.IGNORECASE)
    if not found or int(found[1]) > 15:
        raise _Cell("bit", f"`{text}` is no bit of a register: 0 to 15 are")
    return int(found[1])


def _registers(text: str, written: Written) -> int | None:
    if found := re.match(r"\s*(\d{1,3})", text):
        count = int(found[1])
        return max(1, count // 2) if re.search(r"byte|字节|位元組", text, re.IGNORECASE) else count
    return written.registers


def _distinct(points: Sequence[DraftPoint]) -> list[DraftPoint]:
    """The same name twice gets a number."""
    taken: set[str] = set()
    found: list[DraftPoint] = []
    for point in points:
        key, again = point.key, 1
        while key in taken:
            again += 1
            key = f"{point.key}_{again}"
        taken.add(key)
        found.append(replace(point, key=key))
    return found


def _scale_hint(rows: Sequence[Row], columns: Columns, options: Options, hints: list[str]) -> None:
    given = [columns.of(row, "scale") for row in rows if columns.of(row, "scale")]
    large = [text for text in given if re.fullmatch(r"(?:10|100|1000)", text)]
    if large and not options.divide and len(large) >= len([text for text in given if text not in ("1", "")]):
        hints.append(
            f"factors such as {large[0]} are multiplied; if the vendor sends value x {large[0]}, say --divide"
        )
