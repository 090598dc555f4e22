"""`positions:`, the desks of the control room, checked against the equipment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.domain.positions import Cover, OperatorPosition
from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.shape.equipment import SYSTEMS
from monitor.settings.shape.positions import CoverShape, PositionShape
from monitor.settings.site import Equipment
from monitor.settings.tree import Entries, Items, Node, texts_at


def read_positions(
    book: Book, equipment: Mapping[str, Equipment], context: Context
) -> tuple[OperatorPosition, ...]:
    """The positions in the order of the files. Says which equipment none of them has taken over."""
    found = []
    for node in book.lists["positions"]:
        shape = context.check(PositionShape, node)
        _check_names(node, book, equipment.values(), context)
        if shape is not None:
            covers = tuple(_cover(one) for one in shape.covers)
            found.append(OperatorPosition(shape.id, shape.name, covers))
    rest = [e.id for e in equipment.values() if not any(_takes(one, e) for one in found)]
    if found and rest and not context.incomplete:
        more = f" and {len(rest) - 5} more" if len(rest) > 5 else ""
        context.notices.append(
            f"no position answers for {', '.join(rest[:5])}{more}: those alarms count for all of them"
        )
    return tuple(found)


def _cover(shape: CoverShape) -> Cover:
    return Cover(frozenset(shape.system or ()), frozenset(shape.area or ()), frozenset(shape.equipment or ()))


def _takes(position: OperatorPosition, item: Equipment) -> bool:
    return position.takes(item.id, item.system, item.location)


def _check_names(node: Node, book: Book, equipment: Iterable[Equipment], context: Context) -> None:
    covers = node.get("covers") if isinstance(node, Entries) else None
    known: dict[str, Iterable[str]] = {"equipment": book.ids("equipment"), "system": SYSTEMS}
    locations = {item.location for item in equipment}
    for cover in covers.items if isinstance(covers, Items) else ():
        for key, names in known.items():
            for mark, name in texts_at(cover, key):
                if name not in names:
                    context.unknown(mark, key, name, names)
        for mark, area in texts_at(cover, "area"):
            if not any(place == area or place.startswith(f"{area}/") for place in locations):
                context.unknown(mark, "area", area, sorted({place.partition("/")[0] for place in locations}))
