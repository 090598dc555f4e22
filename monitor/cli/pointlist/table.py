"""The cells of a point list, whatever file it comes in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Tried in this order: what is not UTF-8 comes from a Chinese Windows. Every byte string that is either is told apart
by UTF-8 being strict."""
MOST_ROWS: Final = 20_000


class Unreadable(Exception):
    """The file is no table that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as a person counts it, from 1, and its cells as text."""

    number: int
    cells: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(self.cells)


def read_table(path: Path, sheet: str | None = None, encoding: str | None = None) -> list[Row]:
    """Every row that holds something. Raises Unreadable, and OSError for a file that cannot be opened."""
    raw = path.read_bytes()
    if raw.startswith(b"PK"):
        rows: Iterable[Iterable[Any]] = _workbook(raw, sheet)
    elif raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("this is the old .xls format: save it as .xlsx or CSV")
    else:
        rows = _csv(raw, encoding)
    found: list[Row] = []
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise Unreadable(f"more than {MOST_ROWS} rows are no point list")
        row = Row(number, tuple(_text(cell) for cell in cells))
        if row:
            found.append(row)
    return found


def _csv(raw: bytes, encoding: str | None) -> Iterable[list[str]]:
    text = _decoded(raw, encoding)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=first.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _decoded(raw: bytes, encoding: str | None) -> str:
    for name in (encoding,) if encoding else ENCODINGS:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise Unreadable(f"no encoding is called {name!r}") from None
    tried = encoding or "UTF-8 nor GB18030"
    raise Unreadable(f"the text is not {tried}: name its encoding with --encoding")


def _workbook(raw: bytes, sheet: str | None) -> Iterable[Iterable[Any]]:
    # Costs half a second and megabytes: only where such a file is.
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise Unreadable(f"not a workbook that can be read: {error}") from None
    names = book.sheetnames
    if sheet is not None and sheet not in names:
        raise Unreadable(f"no sheet is called {sheet!r}; there is {', '.join(names)}")
    chosen: Any = book[sheet or names[0]]
    return [list(row) for row in chosen.iter_rows(values_only=True, max_row=MOST_ROWS + 1)]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\u3000", " ").strip()
