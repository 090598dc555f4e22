"""The weekly test, checked against the channels and the roster."""

from __future__ import annotations

from collections.abc import Collection

from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.shape.drill import DrillShape
from monitor.settings.site import Drill
from monitor.settings.tree import texts_at


def read_drill(
    book: Book, channels: Collection[str], roles: Collection[str], context: Context
) -> Drill | None:
    """The site's weekly test; None when it has none."""
    entry = book.single.get("drill")
    if entry is None:
        return None
    for key, what, known in (("channels", "channel", channels), ("role", "role", roles)):
        for mark, name in texts_at(entry.node, key):
            if name not in known:
                context.unknown(mark, what, name, known)
    shape = context.check(DrillShape, entry.node)
    if shape is None:
        return None
    return Drill(shape.sms, shape.role or "", tuple(shape.channels), shape.horn, shape.within)
