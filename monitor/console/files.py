"""Files that are made whole before their beginning is sent, since only their end makes them readable."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.ports import Format

MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}


async def file_of(
    format: Format, name: str, services: Services, write: Callable[[Path], Awaitable[object]]
) -> FileResponse:
    """What `write` puts into the file that it is given, gone once it is sent. `name` has no ending yet.

    Raises Problem where a part is not installed.
    """
    possible(format, services)
    handle, made = tempfile.mkstemp(prefix="watchroom-", suffix=f".{format.value}")
    os.close(handle)
    path = Path(made)
    try:
        await write(path)
    except BaseException:
        os.unlink(path)  # noqa: PTH108
        raise
    return FileResponse(
        path,
        media_type=MEDIA[format],
        filename=f"{name}.{format.value}",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def possible(format: Format, services: Services) -> None:
    """Raises Problem, with the remedy, where files of this kind cannot be made."""
    missing = services.exporter.missing(format)
    if missing is not None:
        raise Problem(422, "format_missing", missing)
