"""Reading the connections: buses, gateways, brokers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.shape.equipment import ConnectionShape
from monitor.settings.site import Connection, Equipment
from monitor.settings.tree import Entry, find


def read_connections(book: Book, context: Context) -> dict[str, Connection]:
    """Connections by id."""
    found: dict[str, Connection] = {}
    for name, entry in book.mappings["connections"].items():
        check_id(name, entry, context)
        driver_name = _named(entry, "driver", ConnectionShape, context)
        if driver_name is None:
            continue
        driver = context.drivers.get(driver_name)
        if driver is None:
            context.unknown(find(entry.node, ["driver"]).mark, "driver", driver_name, context.drivers)
            continue
        settings = context.check(driver.connection, entry.node, without=("driver",), also=("driver",))
        if settings is not None:
            found[name] = Connection(name, driver_name, settings)
            _check_files(name, settings, entry, context)
    _check_exclusive(found, book, context)
    return found


def _check_files(name: str, settings: Any, entry: Entry, context: Context) -> None:
    """Certificates that are not there may still come, and so are no mistake, but worth a word."""
    for field in getattr(settings, "files", ()):
        path = getattr(settings, field)
        if path is not None and not Path(path).is_file():
            mark = find(entry.node, [field]).mark
            place = f"{mark.file}:{mark.line}:{mark.column}"
            context.notices.append(f"{place}: connection {name}: there is no file {path} on this machine")


def _check_exclusive(connections: Mapping[str, Connection], book: Book, context: Context) -> None:
    """What only one connection can have is not given to two."""
    taken: dict[str, str] = {}
    for name, connection in connections.items():
        what = context.drivers[connection.driver].exclusive(connection.settings)
        if what is None:
            continue
        if what in taken:
            mark = find(book.mappings["connections"][name].node, ["url"]).mark
            context.problems.add(mark, f"{what} is already taken by connection `{taken[what]}`")
        taken.setdefault(what, name)


def _named(entry: Entry, key: str, shape: type[ConnectionShape], context: Context) -> str | None:
    checked = context.check(shape, entry.node, only=(key,))
    return checked.driver if checked else None


def check_id(name: str, entry: Entry, context: Context) -> None:
    """Ids that are keys of a mapping follow the same rule as others."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        context.problems.add(entry.mark, f"`{name}` cannot be an id: small letters, digits and - only")


def unused(connections: Iterable[str], equipment: Iterable[Equipment]) -> list[str]:
    """Connections that no equipment hangs on."""
    used = {one.connection for one in equipment}
    return [name for name in connections if name not in used]
