"""CSV that a spreadsheet opens right: RFC 4180, optional byte order mark, and no cell that becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from monitor.domain.point import Value

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Value | None) -> str:
    """One cell. A text that a spreadsheet would run gets an apostrophe in front (OWASP, CSV injection)."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            return repr(value)


async def encode(rows: AsyncIterator[Sequence[Value | None]], *, bom: bool) -> AsyncIterator[bytes]:
    """Rows as UTF-8, some hundred at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write("\ufeff")
    waiting = 0
    async for row in rows:
        writer.writerow([cell(value) for value in row])
        waiting += 1
        if waiting >= 500:
            yield _taken(buffer)
            waiting = 0
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
