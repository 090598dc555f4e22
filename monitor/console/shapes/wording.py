"""One line that says what an alarm is about, in the reader's language."""

from __future__ import annotations

from monitor.console.texts import pick, say
from monitor.domain.point import Value
from monitor.domain.rules import (
    AlarmRule,
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Reported,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Unreadable,
)
from monitor.settings.site import Equipment


def title(rule: AlarmRule, equipment: Equipment | None, language: str) -> str:
    """The configured title, else one made from the condition."""
    return pick(rule.title, language) or _of(rule.condition, equipment, language)


def message(rule: AlarmRule, equipment: Equipment | None, language: str) -> str:
    """The place first, then what is wrong there."""
    what = title(rule, equipment, language)
    if equipment is None:
        return what
    return say(language, "alarm.message", equipment=pick(equipment.name, language, equipment.id), what=what)


def label(equipment: Equipment | None, key: str, language: str) -> str:
    """A point's label, its key where it has none."""
    if equipment is not None and key in equipment.source.plan.index:
        return pick(equipment.source.plan.points[equipment.source.plan.index[key]].label, language, key)
    return key


def unit(rule: AlarmRule, equipment: Equipment | None) -> str:
    """The unit of the value that an alarm of this rule shows."""
    match rule.condition:
        case High(key) | Low(key) if equipment is not None and key in equipment.source.plan.index:
            return equipment.source.plan.points[equipment.source.plan.index[key]].unit
        case AvailabilityBelow():
            return "%"
        case _:
            return ""


def value(rule: AlarmRule, raw: Value | None, language: str) -> Value | None:
    """The value of an alarm; in words where it is one of ours."""
    match rule.condition:
        case Reported(words=words) if isinstance(raw, str) and raw in words:
            return pick(words[raw], language, raw)
        case AvailabilityBelow() if isinstance(raw, float):
            return round(raw * 100, 2)
        case _:
            return raw


def point(rule: AlarmRule) -> str | None:
    """The key of the one point that the rule looks at, if it is one."""
    match rule.condition:
        case High(key) | Low(key) | State(key) | Leak(key) | SensorFault(key):
            return key
        case _:
            return None


def _of(condition: Condition, equipment: Equipment | None, language: str) -> str:
    match condition:
        case High(key, limit) | Low(key, limit):
            word = "alarm.high" if isinstance(condition, High) else "alarm.low"
            measure = f"{limit:g} {_unit(equipment, key)}".strip()
            return say(language, word, label=label(equipment, key, language), limit=measure)
        case State(key, True):
            return label(equipment, key, language)
        case State(key, value):
            return say(language, "alarm.state", label=label(equipment, key, language), value=value)
        case Leak(key):
            return say(language, "alarm.leak", label=label(equipment, key, language))
        case AvailabilityBelow(limit=limit):
            return say(language, "alarm.availability", limit=f"{limit:.0%}")
        case TooManyUnknown(limit=limit):
            return say(language, "alarm.unknown", limit=f"{limit:.0%}")
        case Stale():
            return say(language, "alarm.stale")
        case Comm():
            return say(language, "alarm.comm")
        case SensorFault(key):
            return say(language, "alarm.fault", label=label(equipment, key, language))
        case Unreadable(points):
            return say(language, "alarm.unreadable", count=len(points))
        case Reported(subject):
            return say(language, "alarm.reported", subject=subject)


def _unit(equipment: Equipment | None, key: str) -> str:
    if equipment is None or key not in equipment.source.plan.index:
        return ""
    return equipment.source.plan.points[equipment.source.plan.index[key]].unit
