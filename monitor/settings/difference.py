"""What a new configuration changes, in words: read by the person who has just edited a file and sent SIGHUP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.domain.duty import Always, Roster, ShiftPattern
from monitor.domain.rules import AlarmRule
from monitor.domain.source import EquipmentSource
from monitor.settings.moved import moved, say
from monitor.settings.site import Equipment, Site

MOST = 200
"""Lines at most; a hundred equipment with one and the same change share one line."""
_SHOWN = 5
"""Names in one line at most."""

Changes = Iterator[tuple[str, str]]
"""Subject and what happened to it."""


def difference(before: Site, after: Site) -> tuple[str, ...]:
    """What `after` changes, one line a change, empty when nothing does. Secrets are named, never shown."""
    changes = [
        *_head(before, after),
        *_each("connection", before.connections, after.connections),
        *_each("channel", before.channels, after.channels),
        *_equipment(before.equipment, after.equipment),
        *_people(before.roster, after.roster),
        *_escalation(before, after),
        *_each("checkpoint", before.checkpoints, after.checkpoints),
        *_each("round", {one.id: one for one in before.rounds}, {one.id: one for one in after.rounds}),
        *_rules("round", before.round_rules, after.round_rules),
        *_causes(before, after),
        *_each(
            "position", {one.id: one for one in before.positions}, {one.id: one for one in after.positions}
        ),
    ]
    lines = [_line(subjects, text) for text, subjects in _by_text(changes).items()]
    if len(lines) > MOST:
        lines[MOST:] = [f"and {len(lines) - MOST} more"]
    return tuple(lines)


def _by_text(changes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Subjects by kind and change, in order of appearance."""
    found: dict[tuple[str, str], list[str]] = {}
    for subject, text in changes:
        kind, _, name = subject.partition(" ")
        found.setdefault((kind, text), []).append(name)
    return found


def _line(names: list[str], change: tuple[str, str]) -> str:
    kind, text = change
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{kind} {shown}{more}: {text}".replace(" : ", ": ")


def _head(before: Site, after: Site) -> Changes:
    for name in ("id", "name", "timezone", "language", "listen"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield "site ", say(name, was, now)
    for name in ("grade", "journal", "historian", "drill"):
        for text in moved(getattr(before, name), getattr(after, name)):
            yield f"{name} ", text


def _each(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    yield from _come_and_gone(kind, before, after)
    for id_ in _both(before, after):
        was, now = before[id_], after[id_]
        yield from ((f"{kind} {id_}", text) for text in moved(was, now, skip=("settings",)))
        if hasattr(was, "settings"):
            yield from ((f"{kind} {id_}", text) for text in moved(was.settings, now.settings))


def _come_and_gone(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    yield from ((f"{kind} {id_}", "added") for id_ in after if id_ not in before)
    yield from ((f"{kind} {id_}", "removed") for id_ in before if id_ not in after)


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [id_ for id_ in before if id_ in after and before[id_] != after[id_]]


# Equipment


def _equipment(before: Mapping[str, Equipment], after: Mapping[str, Equipment]) -> Changes:
    yield from _come_and_gone("equipment", before, after)
    for id_ in _both(before, after):
        was, now = before[id_], after[id_]
        subject = f"equipment {id_}"
        for text in moved(was, now, skip=("source", "rules", "id")):
            yield subject, text
        for text in _source(was.source, now.source):
            yield subject, text
        yield from _rules("equipment", was.rules, now.rules)


def _source(before: EquipmentSource, after: EquipmentSource) -> Iterator[str]:
    yield from moved(before, after, skip=("plan", "sources", "settings", "type_settings", "groups"))
    yield from moved(before.settings, after.settings)
    yield from moved(before.type_settings, after.type_settings)
    if before.groups != after.groups:
        yield "topics changed"
    was = {source.point.key: source for source in before.sources}
    now = {source.point.key: source for source in after.sources}
    if added := [key for key in now if key not in was]:
        yield f"points added: {_few(added)}"
    if removed := [key for key in was if key not in now]:
        yield f"points removed: {_few(removed)}"
    by_change: dict[str, list[str]] = {}
    for key in _both(was, now):
        for text in (*moved(was[key].point, now[key].point), *moved(was[key].settings, now[key].settings)):
            by_change.setdefault(text, []).append(key)
    yield from (f"point {_few(keys)}: {text}" for text, keys in by_change.items())


def _rules(kind: str, before: Sequence[AlarmRule], after: Sequence[AlarmRule]) -> Changes:
    was, now = ({rule.id: rule for rule in rules} for rules in (before, after))
    for id_ in [*now, *(id_ for id_ in was if id_ not in now)]:
        owner, _, name = id_.partition(".")
        if id_ not in was:
            yield f"{kind} {owner}", f"alarm {name} added"
        elif id_ not in now:
            yield f"{kind} {owner}", f"alarm {name} removed"
        elif was[id_] != now[id_]:
            for text in _rule(was[id_], now[id_]):
                yield f"{kind} {owner}", f"alarm {name}: {text}"


def _rule(before: AlarmRule, after: AlarmRule) -> Iterator[str]:
    yield from moved(before.condition, after.condition)
    yield from moved(before, after, skip=("condition",))


def _causes(before: Site, after: Site) -> Changes:
    was, now = ({one.alarm: one for one in site.causes} for site in (before, after))
    yield from _come_and_gone("cause", was, now)
    for id_ in _both(was, now):
        yield from ((f"cause {id_}", text) for text in moved(was[id_], now[id_], skip=("children",)))
        if added := sorted(now[id_].children - was[id_].children):
            yield f"cause {id_}", f"explains {_few(added)}"
        if removed := sorted(was[id_].children - now[id_].children):
            yield f"cause {id_}", f"no longer explains {_few(removed)}"


# People


def _people(before: Roster, after: Roster) -> Changes:
    yield from _each("person", before.people, after.people)
    was, now = _by_role(before), _by_role(after)
    for role in dict.fromkeys((*was, *now)):
        if was.get(role) != now.get(role):
            yield (
                f"roster {role}",
                "added" if role not in was else "removed" if role not in now else "changed",
            )


def _by_role(roster: Roster) -> dict[str, list[ShiftPattern | Always]]:
    found: dict[str, list[ShiftPattern | Always]] = {}
    for entry in roster.entries:
        found.setdefault(entry.role, []).append(entry)
    return found


def _escalation(before: Site, after: Site) -> Changes:
    was, now = len(before.policies), len(after.policies)
    if was != now:
        yield "escalation ", f"{was} -> {now} policies"
    for number, (old, new) in enumerate(zip(before.policies, after.policies, strict=False), 1):
        if old != new:
            yield f"escalation policy {number}", ", ".join(moved(old, new))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
