"""One line that says what an alarm is about, in the reader's language."""

from __future__ import annotations

from monitor.console.texts import pick, say
from monitor.domain.conditions import (
    AtLeast,
    Deviation,
    MonthlyUptimeBelow,
    Rate,
    Starts,
    Stuck,
    Unceasing,
    Unproven,
)
from monitor.domain.mentions import main_point, unit_of, value_point
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
    key = value_point(rule.condition)
    return unit_of(rule.condition, "" if key is None else _unit(equipment, key))


def value(rule: AlarmRule, raw: Value | None, language: str) -> Value | None:
    """The value of an alarm; in words where it is one of ours."""
    match rule.condition:
        case Reported(words=words) if isinstance(raw, str) and raw in words:
            return pick(words[raw], language, raw)
        case AvailabilityBelow() | MonthlyUptimeBelow() if isinstance(raw, float):
            return round(raw * 100, 2)
        case _:
            return raw


def point(rule: AlarmRule) -> str | None:
    """The key of the one point that the rule looks at, if it is one."""
    return main_point(rule.condition)


def _of(condition: Condition, equipment: Equipment | None, language: str) -> str:
    match condition:
        case High(key, limit) | Low(key, limit):
            word = "alarm.high" if isinstance(condition, High) else "alarm.low"
            measure = f"{limit:g} {_unit(equipment, key)}".strip()
            return say(language, word, label=label(equipment, key, language), limit=measure)
        case State(key, True, (), False):
            return label(equipment, key, language)
        case State(key, value, others, negated):
            states = ", ".join(str(one) for one in (value, *others))
            word = "alarm.state_not" if negated else "alarm.state"
            return say(language, word, label=label(equipment, key, language), value=states)
        case Leak(key):
            return say(language, "alarm.leak", label=label(equipment, key, language))
        case AvailabilityBelow(limit_at=hours) if hours:  # which limit it was hangs on the hour
            return say(language, "alarm.availability.hours")
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
        case _:
            return _over_time(condition, equipment, language)


def _over_time(condition: Condition, equipment: Equipment | None, language: str) -> str:
    key = main_point(condition) or ""
    name = label(equipment, key, language)
    unit = unit_of(condition, _unit(equipment, key))
    match condition:
        case Rate(limit=limit, sign=sign):
            word = ("alarm.rate_moves", "alarm.rate_rises", "alarm.rate_falls")[sign]
            return say(language, word, label=name, limit=f"{limit:g} {unit}")
        case Deviation(points, limit):
            names = ", ".join(label(equipment, one, language) for one in points)
            return say(language, "alarm.deviation", label=names, limit=f"{limit:g} {unit}".strip())
        case Stuck(longer=longer):
            return say(language, "alarm.stuck", label=name, minutes=round(longer / 60))
        case Starts(limit=limit):
            return say(language, "alarm.starts", label=name, limit=f"{limit:g}{unit}")
        case Unceasing():
            return say(language, "alarm.night_flow", label=name)
        case Unproven(longer=longer):
            return say(language, "alarm.unproven", label=name, days=round(longer / 86400))
        case MonthlyUptimeBelow(limit=limit):
            return say(language, "alarm.uptime", limit=f"{limit:.1%}")
        case AtLeast(needed, conditions):
            return say(language, "alarm.combined", count=needed, of=len(conditions))
        case _:
            return ""


def _unit(equipment: Equipment | None, key: str) -> str:
    if equipment is None or key not in equipment.source.plan.index:
        return ""
    return equipment.source.plan.points[equipment.source.plan.index[key]].unit
