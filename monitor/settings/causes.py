"""`causes:` and `fed_by:`, resolved to which alarm explains which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.domain.causes import NEVER, CauseRule, loop
from monitor.domain.rules import AlarmRule, Priority
from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.problems import Mark
from monitor.settings.shape.causes import CauseShape
from monitor.settings.site import Equipment
from monitor.settings.tree import Entries, Node, find, texts_at


@dataclass(slots=True)
class CauseReader:
    """Reads who feeds whom, and what explains what."""

    book: Book
    equipment: Mapping[str, Equipment]
    context: Context

    def read(self) -> tuple[CauseRule, ...]:
        """The causes in the order of the files."""
        self._check_feeds()
        found: dict[str, CauseRule] = {}
        marks: dict[str, Mark] = {}
        for node in self.book.lists["causes"]:
            self._check_names(node)
            shape = self.context.check(CauseShape, node)
            rule = self._alarm(shape.cause) if shape else None
            if shape is None or rule is None:
                continue
            mark = find(node, ["cause"]).mark
            if rule.id in found:
                self._problem(mark, f"cause `{rule.id}` stands twice, first at line {marks[rule.id].line}")
                continue
            children = self._children(shape, rule)
            if not children:
                self._problem(mark, self._explains_nothing(shape, rule))
            found[rule.id] = CauseRule(rule.id, children, shape.within, shape.settle)
            marks[rule.id] = mark
            self._notice_urgent(found[rule.id], rule)
        if ring := loop(found.values()):
            self._problem(marks[ring[0]], f"a loop: {' explains '.join(ring)}")
        return tuple(found.values())

    def _problem(self, mark: Mark, message: str) -> None:
        if not self.context.incomplete:
            self.context.problems.add(mark, message)

    # Names

    def _check_names(self, node: Node) -> None:
        cause = node.text("cause") if isinstance(node, Entries) else None
        for mark, name in texts_at(node, "cause"):
            self._check_alarm(mark, name)
        for mark, name in texts_at(node, "of"):
            if name == cause:
                self._problem(mark, f"`{name}` cannot explain itself")
            elif "." in name:
                self._check_alarm(mark, name)
                found = self._alarm(name)
                if found and found.kind in NEVER:
                    self._problem(
                        mark, f"nothing explains a {found.kind} away: it is told whatever else is wrong"
                    )
            elif name not in self.book.ids("equipment"):
                self.context.unknown(mark, "equipment", name, self.book.ids("equipment"))

    def _check_alarm(self, mark: Mark, name: str) -> None:
        owner, dot, _ = name.partition(".")
        if not dot:
            self._problem(mark, f"expected an alarm such as `mdb-1.incomer_lost`, not `{name}`")
        elif owner not in self.book.ids("equipment"):
            self.context.unknown(mark, "equipment", owner, self.book.ids("equipment"))
        elif owner in self.equipment and self._alarm(name) is None:
            self.context.unknown(mark, "alarm", name, list(self.equipment[owner].rules.ids()))

    def _alarm(self, name: str) -> AlarmRule | None:
        owner = self.equipment.get(name.partition(".")[0])
        place = owner.rules.place(name) if owner else None
        return owner.rules[place] if owner and place is not None else None

    # Children

    def _children(self, shape: CauseShape, cause: AlarmRule) -> frozenset[str]:
        named = shape.of if shape.of is not None else list(self._fed(cause.equipment))
        kinds = frozenset(shape.kinds)
        rules = [
            f"{name}.{rule.id}"
            for name in named
            if name in self.equipment
            for rule in self.equipment[name].rules.ruleset.rules
            if rule.kind in kinds
        ]
        return frozenset((*rules, *(name for name in named if self._alarm(name)))) - {cause.id}

    def _fed(self, board: str) -> Iterator[str]:
        """Everything that has its power from a board, through other boards too."""
        waiting, seen = [board], {board}
        while waiting:
            feeder = waiting.pop()
            for one in self.equipment.values():
                if one.fed_by == feeder and one.id not in seen:
                    seen.add(one.id)
                    waiting.append(one.id)
                    yield one.id

    def _explains_nothing(self, shape: CauseShape, cause: AlarmRule) -> str:
        if shape.of is None and not any(self._fed(cause.equipment)):
            return f"nothing is fed by {cause.equipment}: write `fed_by: {cause.equipment}` on equipment, or `of: [...]` here"
        return f"`{cause.id}` explains no alarm: none there is of the kinds {', '.join(shape.kinds)}"

    def _notice_urgent(self, cause: CauseRule, rule: AlarmRule) -> None:
        children = [one for id_ in sorted(cause.children) if (one := self._alarm(id_))]
        above = [
            one.id
            for one in children
            if one.priority is not Priority.CRITICAL and one.priority.rank < rule.priority.rank
        ]
        if above:
            more = f" and {len(above) - 3} more" if len(above) > 3 else ""
            self.context.notices.append(
                f"{rule.id} is less urgent than {', '.join(above[:3])}{more}: these are told all the same"
            )

    # Feeds

    def _check_feeds(self) -> None:
        known = self.book.ids("equipment")
        feeds: dict[str, str] = {}
        marks: dict[str, Mark] = {}
        for node in self.book.lists["equipment"]:
            id_ = node.text("id") if isinstance(node, Entries) else None
            for mark, board in texts_at(node, "fed_by"):
                if board == id_:
                    self._problem(mark, f"`{board}` cannot feed itself")
                elif board not in known:
                    self.context.unknown(mark, "equipment", board, known)
                elif id_ is not None:
                    feeds[id_], marks[id_] = board, mark
        reported: set[str] = set()
        for id_ in feeds:
            ring = _ring(id_, feeds)
            if ring and reported.isdisjoint(ring):
                reported.update(ring)
                self._problem(marks[id_], f"a loop: {' is fed by '.join(ring)}")


def _ring(start: str, feeds: Mapping[str, str]) -> list[str]:
    """From `start` up to the board at the top, when that is `start` again; else empty."""
    path = [start]
    while (feeder := feeds.get(path[-1])) is not None:
        if feeder == start:
            return [*path, start]
        if feeder in path:
            return []
        path.append(feeder)
    return []
