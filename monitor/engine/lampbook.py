"""The repair clock of each lamp: kept across restarts, shown on the page of its zone, and an alarm when it runs out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from monitor.domain.instant import Instant
from monitor.domain.lamps import FailedLamp, failed
from monitor.domain.point import Value
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Card,
    Priority,
    Reported,
    Verdict,
    View,
)
from monitor.engine.own_rules import texts
from monitor.ports import Change

MARK = "lamps."
"""The journal remembers by these marks since when each lamp of an equipment has failed."""
RULE = "lamp_repair"

Report = Callable[[str, Verdict, Instant, Value | None], object]


class LampBook:
    """`zones` are the availability rules of each equipment, `repair` the seconds in which a lamp is mended."""

    def __init__(
        self,
        rules: Iterable[AlarmRule],
        views: Mapping[str, View],
        repair: float,
        report: Report,
        submit: Callable[[Change], object],
    ) -> None:
        self._zones: dict[str, list[AvailabilityBelow]] = {}
        for rule in rules:
            if isinstance(rule.condition, AvailabilityBelow):
                self._zones.setdefault(rule.equipment, []).append(rule.condition)
        self._views = views
        self._repair = repair
        self._report = report
        self._submit = submit
        self._since: dict[str, Mapping[str, float]] = {equipment: {} for equipment in self._zones}
        self._said: dict[str, int] = {}

    def restore(self, marks: Mapping[str, str]) -> None:
        """Go on with the clocks that ran. Lamps that are no longer configured are forgotten."""
        for equipment, zones in self._zones.items():
            known = {key for zone in zones for key in zone.points}
            stored = _read(marks.get(f"{MARK}{equipment}", ""))
            self._since[equipment] = {key: since for key, since in stored.items() if key in known}

    def look(self, now: Instant) -> None:
        """What has failed, was mended or is overdue since the last look."""
        for equipment, zones in self._zones.items():
            view = self._views.get(equipment)
            if view is None:
                continue
            before = after = self._since[equipment]
            for zone in zones:
                after = failed(zone, after, view, now.wall)
            if after != before:
                self._since[equipment] = after
                self._submit(Change(marks={f"{MARK}{equipment}": json.dumps(after)}))
            self._tell(equipment, now)

    def failed(self, equipment: str) -> tuple[FailedLamp, ...]:
        """Its failed lamps, the longest first."""
        lamps = [
            FailedLamp(key, since, since + self._repair)
            for key, since in self._since.get(equipment, {}).items()
        ]
        return tuple(sorted(lamps, key=lambda lamp: (lamp.since, lamp.point)))

    def _tell(self, equipment: str, now: Instant) -> None:
        late = sum(lamp.overdue(now.wall) for lamp in self.failed(equipment))
        if self._said.get(equipment) != late:
            self._said[equipment] = late
            verdict = Verdict.TRUE if late else Verdict.FALSE
            self._report(lamp_rule_id(equipment), verdict, now, late)


def _read(text: str) -> dict[str, float]:
    """What was written; nothing when it is not to be understood: the clocks then begin anew."""
    try:
        return {str(key): float(since) for key, since in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def lamp_rule_id(equipment: str) -> str:
    """Id of the alarm about lamps of a zone that were not mended in time."""
    return f"{equipment}.{RULE}"


def lamp_rules(rules: Iterable[AlarmRule]) -> tuple[AlarmRule, ...]:
    """One for each equipment with an availability rule."""
    zones = dict.fromkeys(rule.equipment for rule in rules if isinstance(rule.condition, AvailabilityBelow))
    return tuple(_rule(equipment) for equipment in zones)


def _rule(equipment: str) -> AlarmRule:
    return AlarmRule(
        id=lamp_rule_id(equipment),
        equipment=equipment,
        kind=AlarmKind.ORDER,
        condition=Reported(RULE),
        priority=Priority.LOW,
        on_delay=0.0,
        off_delay=0.0,
        title=texts("Lamps not mended in time", "燈具逾期未修", "灯具逾期未修"),
        card=Card(
            texts(
                "Failed lamps are older than the repair time of the service plan",
                "壞燈已超過服務標準的維修時限",
                "坏灯已超过服务标准的维修时限",
            ),
            texts(
                "The service standard is missed for each of them",
                "每盞逾期燈具均不符合服務標準",
                "每盏逾期灯具均不符合服务标准",
            ),
            texts(
                "Open the zone page for the list and replace them today",
                "打開燈區頁面查看清單，當天更換",
                "打开灯区页面查看清单，当天更换",
            ),
        ),
    )
