"""People, channels, roster and escalation: who is told, and whether somebody always can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from monitor.domain import duty
from monitor.domain.duty import Always, Roster, ShiftPattern
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.localtime import to_local
from monitor.domain.people import Person
from monitor.settings.checking import Context
from monitor.settings.connections import check_id
from monitor.settings.files import Book
from monitor.settings.problems import Mark
from monitor.settings.shape.equipment import SYSTEMS, ChannelShape
from monitor.settings.shape.people import PersonShape, PolicyShape, RosterShape
from monitor.settings.site import Channel
from monitor.settings.tree import Entries, Items, Node, find, texts_at

LOOK_AHEAD_DAYS = 35
"""Far enough for every rotation to come round in the checks of a roster."""


def read_channels(book: Book, context: Context) -> dict[str, Channel]:
    """Channels by id."""
    found: dict[str, Channel] = {}
    for name, entry in book.mappings["channels"].items():
        check_id(name, entry, context)
        shape = context.check(ChannelShape, entry.node, only=("notifier",))
        if shape is None:
            continue
        model = context.notifiers.get(shape.notifier)
        if model is None:
            mark = find(entry.node, ["notifier"]).mark
            context.unknown(mark, "notifier", shape.notifier, context.notifiers)
            continue
        settings = context.check(model, entry.node, without=("notifier",), also=("notifier",))
        if settings is not None:
            found[name] = Channel(name, shape.notifier, settings)
    return found


@dataclass(slots=True)
class StaffReader:
    """Reads everything about people, and checks each against the others."""

    book: Book
    timezone: str
    language: str
    context: Context
    people: dict[str, Person] = field(default_factory=dict)
    entries: list[tuple[ShiftPattern | Always, Node]] = field(default_factory=list)

    def read(self) -> tuple[Roster, tuple[Policy, ...]]:
        """The roster with its people, and the policies in order."""
        for item in self.book.lists["people"]:
            self._person(item)
        for item in self.book.lists["roster"]:
            self._entry(item)
        roster = Roster(self.timezone, self.people, tuple(entry for entry, _ in self.entries))
        policies = tuple(p for item in self.book.lists["escalation"] if (p := self._policy(item)))
        self._check_hours(roster)
        return roster, policies

    def _person(self, node: Node) -> None:
        shape = self.context.check(PersonShape, node)
        contacts = node.get("contacts") if isinstance(node, Entries) else None
        for key, entry in contacts.entries.items() if isinstance(contacts, Entries) else ():
            if key not in self.book.mappings["channels"]:
                self.context.unknown(entry.mark, "channel", str(key), self.book.mappings["channels"])
        if shape is not None:
            language = shape.language or self.language
            self.people[shape.id] = Person(
                shape.id, shape.name, shape.phone, language, tuple(shape.roles), shape.contacts
            )

    def _entry(self, node: Node) -> None:
        shape = self.context.check(RosterShape, node)
        for key in ("always", "crews"):
            for mark, person in texts_at(node, key):
                self._check_member(person, node, mark)
        if shape is None:
            return
        crews: list[list[str]] = [shape.always] if shape.always is not None else shape.crews or []
        entry: ShiftPattern | Always
        if shape.always is not None:
            entry = Always(shape.role, tuple(shape.always))
        else:
            assert shape.start is not None  # noqa: S101 the shape has checked it
            entry = ShiftPattern(
                role=shape.role,
                shifts=shape.shifts or {},
                crews=tuple(tuple(crew) for crew in crews),
                rotate_days=int(shape.rotate // 86400),
                start=shape.start,
            )
        self.entries.append((entry, node))

    def _check_member(self, person: str, node: Node, mark: Mark) -> None:
        known = self.book.ids("people")
        role = node.text("role") if isinstance(node, Entries) else None
        if person not in known:
            self.context.unknown(mark, "person", person, known)
        elif person in self.people and role is not None and role not in self.people[person].roles:
            roles = ", ".join(self.people[person].roles)
            self.context.problems.add(mark, f"`{person}` stands in the roster as {role}, but is {roles} only")

    # escalation

    def _policy(self, node: Node) -> Policy | None:
        shape = self.context.check(PolicyShape, node)
        self._check_match(node)
        steps_node = node.get("steps") if isinstance(node, Entries) else None
        for step in steps_node.items if isinstance(steps_node, Items) else ():
            self._check_step(step)
        if shape is None:
            return None
        match = Match(
            priorities=frozenset(shape.match.priority),
            kinds=frozenset(shape.match.kind),
            systems=frozenset(shape.match.system),
            equipment=frozenset(shape.match.equipment),
        )
        steps = tuple(
            EscalationStep(s.after, s.role, s.channel[0], s.unless, tuple(s.channel[1:])) for s in shape.steps
        )
        return Policy(match, steps, shape.over, shape.name)

    def _check_match(self, node: Node) -> None:
        known: dict[str, Iterable[str]] = {"equipment": self.book.ids("equipment"), "system": SYSTEMS}
        for key, names in known.items():
            for mark, name in texts_at(node, "match", key):
                if name not in names:
                    self.context.unknown(mark, key, name, names)

    def _check_step(self, node: Node) -> None:
        channels = self.book.mappings["channels"]
        seen: set[str] = set()
        for mark, channel in texts_at(node, "channel"):
            if channel not in channels:
                self.context.unknown(mark, "channel", channel, channels)
            if channel in seen:
                self.context.problems.add(mark, f"`{channel}` cannot stand in for itself")
            seen.add(channel)
        for mark, role in texts_at(node, "role"):
            if role not in self._rostered():
                self.context.unknown(mark, "role", role, self._rostered(), "in the roster")
            for person in self._members(role):
                if any(not person.address(channel) for channel in seen if self._needs_phone(channel)):
                    at = self.book.ids("people")[person.id]
                    self.context.problems.add(
                        at, f"`{person.id}` has no `phone`, but is to be told as {role}"
                    )

    def _needs_phone(self, channel: str) -> bool:
        """Everything that reaches people now has a telephone number for an address; a notifier may say otherwise."""
        entry = self.book.mappings["channels"].get(channel)
        name = entry.node.text("notifier") if entry and isinstance(entry.node, Entries) else None
        model = self.context.notifiers.get(name) if name else None
        return model is not None and bool(getattr(model, "needs_phone", True))

    def _rostered(self) -> set[str]:
        """Roles in the roster, wrong entries included."""
        nodes = self.book.lists["roster"]
        return {role for node in nodes if isinstance(node, Entries) and (role := node.text("role"))}

    def _members(self, role: str) -> list[Person]:
        ids: dict[str, None] = {}
        for entry, _ in self.entries:
            if entry.role == role:
                members = (
                    entry.people if isinstance(entry, Always) else [p for crew in entry.crews for p in crew]
                )
                ids.update(dict.fromkeys(members))
        return [self.people[person] for person in ids if person in self.people]

    # hours

    def _check_hours(self, roster: Roster) -> None:
        """Nobody on duty is an error where alarms are sent to; too long in one go is said."""
        patterns = [(entry, node) for entry, node in self.entries if isinstance(entry, ShiftPattern)]
        if not patterns or len(self.entries) < len(self.book.lists["roster"]) or self.context.incomplete:
            return  # what is wrong with the others is said; what they cover is not known
        day = max(entry.start for entry, _ in patterns) + timedelta(days=2)
        start = datetime.combine(day, time(), tzinfo=UTC).timestamp()
        end = start + LOOK_AHEAD_DAYS * 86400.0
        told = self._told()
        for role in duty.roles(roster):
            gaps = duty.gaps(roster, role, start, end)
            if not gaps:
                continue
            when = _clock_spans(gaps, self.timezone)
            node = next(node for entry, node in patterns if entry.role == role)
            if role in told:
                self.context.problems.add(
                    find(node, ["shifts"]).mark,
                    f"nobody is on duty as {role} at {when}, and alarms are sent to this role",
                )
            else:
                self.context.notices.append(f"nobody is on duty as {role} at {when}")
        for person in dict.fromkeys(long.person for long in duty.overlong(roster, start, end)):
            self.context.notices.append(
                f"{person} stands longer than 8 h in one go: more crews, or another order of the shifts, would mend it"
            )

    def _told(self) -> set[str]:
        found = set()
        for node in self.book.lists["escalation"]:
            steps = node.get("steps") if isinstance(node, Entries) else None
            for step in getattr(steps, "items", ()):
                if isinstance(step, Entries) and (role := step.text("role")):
                    found.add(role)
        return found


def _clock_spans(gaps: tuple[tuple[float, float], ...], timezone: str) -> str:
    """`16:00-24:00`, each span once."""
    spans: dict[str, None] = {}
    for start, end in gaps:
        begins, ends = (to_local(at, timezone).strftime("%H:%M") for at in (start, end))
        spans[f"{begins}-{'24:00' if ends == '00:00' else ends}"] = None
    shown = list(spans)
    return ", ".join(shown[:4]) + (" and more" if len(shown) > 4 else "")
