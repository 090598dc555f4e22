"""What a configuration means, in plain text: what would be polled, stored and promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from monitor.domain.duty import Always, ShiftPattern
from monitor.domain.escalation import first_match
from monitor.domain.inspection import Round
from monitor.domain.point import Text
from monitor.domain.rules import AlarmRule, Priority
from monitor.settings.site import Equipment, Site


def describe(site: Site) -> str:
    """The text that `check` prints when nothing is wrong."""
    sections = (
        _heading,
        _equipment,
        _alarms,
        _causes,
        _stores,
        _promises,
        _rounds,
        _people,
        _drill,
        _notices,
    )
    return "\n\n".join(text for section in sections if (text := "\n".join(section(site))))


def _heading(site: Site) -> Iterator[str]:
    host, port = site.listen
    yield f"{site.id} ({words(site.name, site.language)}), local time {site.timezone}, language {site.language}"
    yield f"console at http://{f'[{host}]' if ':' in host else host}:{port}"


def _equipment(site: Site) -> Iterator[str]:
    points = sum(len(one.source.plan.points) for one in site.equipment.values())
    rules = sum(len(one.rules) for one in site.equipment.values())
    yield f"Equipment: {_count(len(site.equipment), 'piece')}, {_count(points, 'point')}, {_count(rules, 'alarm rule')}"
    for connection in site.connections.values():
        hung = [one for one in site.equipment.values() if one.connection == connection.id]
        yield f"  {connection.id} ({connection.driver}): {_hung(hung)}"


def _hung(equipment: Sequence[Equipment]) -> str:
    points = sum(len(one.source.plan.points) for one in equipment)
    rules = sum(len(one.rules) for one in equipment)
    text = f"{_count(len(equipment), 'piece')}, {_count(points, 'point')}, {_count(rules, 'rule')}"
    if not equipment:
        return text
    if not equipment[0].source.polled:
        return f"{text}; speaks by itself"
    intervals = Counter(one.source.interval for one in equipment)
    each = ", ".join(f"{count} every {seconds(interval)}" for interval, count in sorted(intervals.items()))
    return f"{text}; polled: {each} (requests for each poll: the driver plans them)"


def _alarms(site: Site) -> Iterator[str]:
    rules = list(_all_rules(site))
    if not rules:
        return
    by_priority = Counter(rule.priority for rule in rules)
    yield "Alarm rules by priority: " + ", ".join(f"{by_priority[p]} {p}" for p in Priority)
    by_kind = Counter(rule.kind.value for rule in rules)
    yield "  by kind: " + ", ".join(f"{count} {kind}" for kind, count in sorted(by_kind.items()))


def _causes(site: Site) -> Iterator[str]:
    if not site.causes:
        return
    yield "Causes (their consequences are listed under them and told to nobody):"
    for cause in site.causes:
        owners = len({child.partition(".")[0] for child in cause.children})
        yield (
            f"  {cause.alarm}: {_count(len(cause.children), 'alarm')} of {_count(owners, 'piece')} of equipment, "
            f"from {seconds(cause.within)} before it until {seconds(cause.settle)} after its end"
        )


def _all_rules(site: Site) -> Iterator[AlarmRule]:
    """As the types have them: there may be a hundred thousand, and none is asked for its name."""
    for one in site.equipment.values():
        yield from one.rules.ruleset.rules
    yield from site.round_rules


def _stores(site: Site) -> Iterator[str]:
    yield "Stored:"
    yield f"  journal    {site.journal.url}{_where(site.journal.url)}"
    yield f"  history    {site.historian.url}{_where(site.historian.url)}, kept {seconds(site.historian.retention)}"


def _where(url: str) -> str:
    return " in the state directory" if url.startswith("sqlite:") and not url.startswith("sqlite:/") else ""


def _promises(site: Site) -> Iterator[str]:
    grade = site.grade
    yield f"Promised by grade {grade.name}:"
    yield f"  lamps at least {grade.lamps * 100:g} % working, a failed one mended in {seconds(grade.lamp_repair)}"
    yield f"  urgent repair on site within {seconds(grade.urgent_on_site)}, other faults mended in {seconds(grade.fault_repair)}"


def _rounds(site: Site) -> Iterator[str]:
    if not site.rounds:
        return
    yield f"Rounds (local time {site.timezone}):"
    for planned in site.rounds:
        stops = _count(len(planned.checkpoints), "checkpoint")
        who = f", {planned.role}" if planned.role else ""
        yield f"  {planned.id} ({planned.name}): {stops}{who}, {_windows(planned)}, grace {seconds(planned.grace)}"


def _windows(planned: Round) -> str:
    if not planned.windows:
        apart = f", at least {seconds(planned.spacing)} apart" if planned.spacing else ""
        return f"{planned.times_a_day} times a day{apart}"
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in planned.windows)


def _people(site: Site) -> Iterator[str]:
    yield f"People: {_count(len(site.roster.people), 'person', 'people')}, by {_list(site.channels)}"
    for entry in site.roster.entries:
        if isinstance(entry, Always):
            yield f"  {entry.role}: always {_list(entry.people)}"
        else:
            yield f"  {entry.role}: {_shifts(entry)}, {_count(len(entry.crews), 'crew')} in turn"
    for i, policy in enumerate(site.policies, 1):
        named = f" ({policy.name})" if policy.name else ""
        steps = "; ".join(
            f"{step.role} by {' or '.join(step.channels)} "
            + (f"after {seconds(step.after)}" if step.after else "at once")
            + (f" unless {step.unless}" if step.unless else "")
            for step in policy.steps
        )
        yield f"  policy {i}{named}, {_match(site, i - 1)}: {steps}"
    if untold := _untold(site):
        yield f"  told to nobody, in the console only: {_list(untold)}"


def _shifts(entry: ShiftPattern) -> str:
    return ", ".join(f"{name} {_clock(start)}-{_clock(end)}" for name, (start, end) in entry.shifts.items())


def _match(site: Site, index: int) -> str:
    match = site.policies[index].match
    parts = [
        *(p.value for p in Priority if p in match.priorities),
        *sorted(kind.value for kind in match.kinds),
        *sorted(match.systems),
        *sorted(match.equipment),
    ]
    return " ".join(parts) or "every alarm"


def _untold(site: Site) -> list[str]:
    """Alarm rules that no policy is for, counted by priority."""
    systems = {one.id: one.system for one in site.equipment.values()}
    untold = Counter(
        rule.priority
        for rule in _all_rules(site)
        if first_match(site.policies, rule, rule.priority, systems.get(rule.equipment, "")) is None
    )
    return [f"{_count(untold[p], 'rule')} of priority {p}" for p in Priority if untold[p]]


def _drill(site: Site) -> Iterator[str]:
    drill = site.drill
    if drill is None:
        yield "Weekly test: none"
        return
    yield f"Weekly test, judged after {seconds(drill.within)}:"
    if drill.sms:
        yield f"  message {drill.sms} to {drill.role} by {', '.join(drill.channels)}"
    if drill.horn:
        yield f"  horn {drill.horn}"


def _notices(site: Site) -> Iterator[str]:
    if site.notices:
        yield "To know:"
        yield from (f"  {notice}" for notice in site.notices)


def words(text: Text, language: str) -> str:
    """A text in `language`, or in whatever it is there."""
    return text.get(language) or text.get("") or next(iter(text.values()), "")


def seconds(value: float) -> str:
    """A duration as the configuration would write it."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0)):
        if value and value % size == 0:
            return f"{value / size:g}{unit}"
    return f"{value * 1000:g}ms" if 0 < value < 1 else f"{value:g}s"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "no channel"
