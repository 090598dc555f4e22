"""Keeps how well each lighting zone was lit, by night and window, for the scorecard of any span: small sums in marks.

Readings of a hundred lamps over a month would say the same at a hundred times the cost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple
from datetime import date

from monitor.domain.availability import Lamps
from monitor.domain.instant import Instant
from monitor.domain.lit import LONGEST, Lit, night_of, window_of
from monitor.domain.localtime import local_date
from monitor.domain.rules import AlarmRule, AvailabilityBelow, View, lamps_of
from monitor.ports import Change

MARK = "lit."
"""The journal keeps the sums of a rule and night by these marks: `lit.RULE/2026-11-23`."""
SAVED_EVERY = 60.0
"""Seconds between two savings: at most so much is lost in a crash."""

Night = dict[str, Lit]
"""By window."""


class LightBook:
    """`views` give the latest values of each equipment. Nights are named by the local day on which they began."""

    def __init__(
        self,
        rules: Iterable[AlarmRule],
        views: Mapping[str, View],
        timezone: str,
        submit: Callable[[Change], object],
    ) -> None:
        self._zones = {r.id: r for r in rules if isinstance(r.condition, AvailabilityBelow)}
        self._views = views
        self._timezone = timezone
        self._submit = submit
        self._nights: dict[tuple[str, date], Night] = {}
        self._changed: set[tuple[str, date]] = set()
        self._last: dict[str, tuple[Lamps, Instant]] = {}
        self._saved = 0.0

    def restore(self, marks: Mapping[str, str]) -> None:
        """What was kept; a night that is not to be understood is left out. Of the time of a stop nothing is known."""
        for name, text in marks.items():
            rule, _, begun = name.removeprefix(MARK).rpartition("/")
            if name.startswith(MARK) and rule in self._zones and (read := _read(begun, text)) is not None:
                self._nights[rule, read[0]] = read[1]

    def look(self, now: Instant) -> None:
        """Add what was so since the last look."""
        for id_, rule in self._zones.items():
            view = self._views.get(rule.equipment)
            if view is None or not isinstance(rule.condition, AvailabilityBelow):
                continue
            if (last := self._last.get(id_)) is not None:
                self._add(id_, rule.condition, *last, now)
            self._last[id_] = lamps_of(rule.condition, view), now
        if now.steady >= self._saved + SAVED_EVERY:
            self._saved = now.steady
            self.save()

    def save(self) -> None:
        """Hand in the nights that changed."""
        if self._changed:
            marks = {
                f"{MARK}{rule}/{begun}": _written(self._nights[rule, begun]) for rule, begun in self._changed
            }
            self._changed.clear()
            self._submit(Change(marks=marks))

    def nights(self, rule: str, start: float, end: float) -> Mapping[date, Night]:
        """The sums of the nights that began on the local days from `start` to `end` (POSIX s), by window."""
        first, last = local_date(start, self._timezone), night_of(end - 1, self._timezone)
        return {
            begun: found
            for (id_, begun), found in self._nights.items()
            if id_ == rule and first <= begun <= last
        }

    def _add(
        self, id_: str, condition: AvailabilityBelow, lamps: Lamps, since: Instant, now: Instant
    ) -> None:
        passed = now.steady - since.steady
        if not 0 < passed <= LONGEST or not lamps.commanded_on:
            return
        key = id_, night_of(since.wall, self._timezone)
        night = self._nights.setdefault(key, {})
        window = window_of(condition, since.wall)
        limit = condition.limit_now(since.wall)
        night[window] = night.get(window, Lit()).after(lamps, limit, passed)
        self._changed.add(key)


def _written(night: Night) -> str:
    return json.dumps({window: [round(one, 4) for one in astuple(lit)] for window, lit in night.items()})


def _read(begun: str, text: str) -> tuple[date, Night] | None:
    try:
        found = {str(window): Lit(*map(float, sums)) for window, sums in json.loads(text).items()}
        return date.fromisoformat(begun), found
    except (ValueError, TypeError, AttributeError):
        return None
