"""Checklists, checkpoints and rounds, and the alarm that each round raises when it is missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.domain.inspection import Checkpoint, Compare, Item, Round
from monitor.domain.point import Kind
from monitor.domain.rules import AlarmKind, AlarmRule, AvailabilityBelow, Reported
from monitor.settings import cards, wording
from monitor.settings.checking import Context
from monitor.settings.connections import check_id
from monitor.settings.equipment import RESERVED
from monitor.settings.files import Book
from monitor.settings.problems import Mark, nearest
from monitor.settings.shape.rounds import CheckpointShape, ItemShape, RoundShape
from monitor.settings.site import Equipment
from monitor.settings.tree import Entries, Items, Node, Scalar, find, texts_at


@dataclass(slots=True)
class InspectionReader:
    """Reads everything about rounds."""

    book: Book
    equipment: Mapping[str, Equipment]
    context: Context
    checklists: dict[str, tuple[Item, ...]] = field(default_factory=dict)

    def read(self) -> tuple[dict[str, Checkpoint], tuple[Round, ...]]:
        """Checkpoints by id, rounds in order."""
        for name, entry in self.book.mappings["checklists"].items():
            check_id(name, entry, self.context)
            self.checklists[name] = self._checklist(entry.node)
        checkpoints = {c.id: c for node in self.book.lists["checkpoints"] if (c := self._checkpoint(node))}
        self._check_tokens(checkpoints)
        rounds = tuple(r for node in self.book.lists["rounds"] if (r := self._round(node)))
        return checkpoints, rounds

    def _checklist(self, node: Node) -> tuple[Item, ...]:
        if not isinstance(node, Items):
            if not (isinstance(node, Scalar) and node.refused):
                self.context.problems.add(
                    node.mark, "a checklist is a list: begin each of its questions with `- `"
                )
            return ()
        seen: dict[str, Mark] = {}
        items = []
        for one in node.items:
            shape = self.context.check(ItemShape, one)
            unit = one.text("unit") if isinstance(one, Entries) else None
            for mark, point in texts_at(one, "compare", "point"):
                self._check_compare(unit, point, mark)
            for mark, zone in texts_at(one, "counts_failed"):
                self._check_zone(zone, mark)
            if shape is None:
                continue
            mark = find(one, ["id"]).mark
            if shape.id in seen:
                self.context.problems.add(
                    mark, f"`{shape.id}` stands twice, first in line {seen[shape.id].line}"
                )
            seen.setdefault(shape.id, mark)
            items.append(_item(shape))
        return tuple(items)

    def _check_compare(self, unit: str | None, point_id: str, mark: Mark) -> None:
        equipment_id, dot, key = point_id.partition(".")
        if not dot:
            self.context.problems.add(
                mark, f"expected equipment.point, such as mdb-1.room_temp, not `{point_id}`"
            )
            return
        if equipment_id not in self.book.ids("equipment"):
            self.context.unknown(mark, "equipment", equipment_id, self.book.ids("equipment"))
            return
        equipment = self.equipment.get(equipment_id)
        if equipment is None:
            return  # it is wrong itself, and said so
        points = {point.key: point for point in equipment.source.plan.points}
        point = points.get(key)
        if point is None:
            # The inspector's number is worth having all the same: said, not refused.
            self.context.notices.append(
                f"{mark.file}:{mark.line}:{mark.column}: {equipment_id} has no point {key}{nearest(key, points)}; "
                "the number is kept without comparing"
            )
        elif point.kind not in (Kind.ANALOG, Kind.COUNTER):
            self.context.problems.add(
                mark, f"`{point_id}` is {point.kind}, it cannot be compared with a number"
            )
        elif unit and point.unit and unit != point.unit:
            self.context.problems.add(mark, f"`{point_id}` is in {point.unit}, this question in {unit}")

    def _check_zone(self, zone: str, mark: Mark) -> None:
        """Failed lamps are counted of an equipment that has lamps."""
        if zone not in self.book.ids("equipment"):
            self.context.unknown(mark, "equipment", zone, self.book.ids("equipment"))
            return
        equipment = self.equipment.get(zone)
        if equipment and not any(equipment.rules.having(AvailabilityBelow)):
            self.context.problems.add(
                mark, f"`{zone}` has no `availability` rule: there are no lamps to count"
            )

    def _checkpoint(self, node: Node) -> Checkpoint | None:
        shape = self.context.check(CheckpointShape, node)
        known = self.book.ids("equipment")
        for mark, equipment in texts_at(node, "equipment"):
            if equipment not in known:
                self.context.unknown(mark, "equipment", equipment, known)
        for mark, checklist in texts_at(node, "checklist"):
            if checklist not in self.checklists:
                self.context.unknown(mark, "checklist", checklist, self.checklists)
        if shape is None:
            return None
        return Checkpoint(
            id=shape.id,
            name=shape.name,
            location=shape.location,
            equipment=tuple(shape.equipment),
            items=self.checklists.get(shape.checklist or "", ()),
            token=shape.token or shape.id,
        )

    def _check_tokens(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        seen: dict[str, str] = {}
        for node in self.book.lists["checkpoints"]:
            name = node.text("id") if isinstance(node, Entries) else None
            checkpoint = checkpoints.get(name) if name else None
            if checkpoint is None:
                continue
            other = seen.setdefault(checkpoint.token, checkpoint.id)
            if other != checkpoint.id:
                mark = find(node, ["token"]).mark
                self.context.problems.add(
                    mark, f"token `{checkpoint.token}` belongs to checkpoint {other} already"
                )

    def _round(self, node: Node) -> Round | None:
        shape = self.context.check(RoundShape, node)
        known, seen = self.book.ids("checkpoints"), set[str]()
        for mark, checkpoint in texts_at(node, "checkpoints"):
            if checkpoint not in known:
                self.context.unknown(mark, "checkpoint", checkpoint, known)
            elif checkpoint in seen:
                self.context.problems.add(mark, f"checkpoint `{checkpoint}` stands twice in this round")
            seen.add(checkpoint)
        self._check_role(node)
        for mark, name in texts_at(node, "id"):
            if name in self.book.ids("equipment"):
                self.context.problems.add(
                    mark, f"`{name}` is an equipment as well: their alarms would have the same names"
                )
            elif name in RESERVED:
                self.context.problems.add(
                    mark, f"`{name}` is a name for Watchroom's own alarms; choose another"
                )
        if shape is None:
            return None
        return Round(
            id=shape.id,
            name=shape.name,
            checkpoints=tuple(shape.checkpoints),
            windows=tuple(shape.windows),
            times_a_day=shape.times_a_day,
            spacing=shape.spacing,
            grace=shape.grace,
            role=shape.role or "",
            priority=shape.priority,
        )

    def _check_role(self, node: Node) -> None:
        known = {role for person in self.book.lists["people"] for _, role in texts_at(person, "roles")}
        for mark, role in texts_at(node, "role"):
            if role not in known:
                self.context.unknown(mark, "role", role, known)


def _item(shape: ItemShape) -> Item:
    compare = Compare(shape.compare.point, shape.compare.within) if shape.compare else None
    return Item(
        id=shape.id,
        ask=shape.ask,
        answer=shape.answer,
        unit=shape.unit,
        range=shape.range,
        choices=tuple(shape.choices),
        compare=compare,
        counts_failed=shape.counts_failed,
    )


def missed_rule(planned: Round) -> AlarmRule:
    """The alarm of a missed window: a single event, ended by an acknowledgement or the next completed window."""
    return AlarmRule(
        id=f"{planned.id}.missed",
        equipment=planned.id,
        kind=AlarmKind.INSPECTION,
        condition=Reported(f"{planned.id}.missed"),
        priority=planned.priority,
        on_delay=0.0,
        off_delay=0.0,
        incident=True,
        title=wording.title("missed", {"": planned.name}, planned.id),
        card=cards.built_in("missed"),
    )
