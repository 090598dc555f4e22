"""What changed of alarms without an event, and waits for the next tick to be saved: delays that began, steps on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.domain.alarm import Alarm
from monitor.engine.timed import PROGRESS
from monitor.engine.watch import Watch
from monitor.ports import Change


class Unsaved:
    """Coalesced: of each alarm the latest only."""

    def __init__(self) -> None:
        self._delayed: set[str] = set()
        self._progressed: dict[str, Watch] = {}

    def delayed(self, alarm: str) -> None:
        """A delay began, froze or was dropped."""
        self._delayed.add(alarm)

    def progressed(self, watch: Watch) -> None:
        """It has got further than the journal knows."""
        self._progressed[watch.rule.id] = watch

    def along(self, watch: Watch) -> Mapping[str, str]:
        """The alarm's row is saved now for another reason: the progress that goes with it."""
        self._delayed.discard(watch.rule.id)
        known = self._progressed.pop(watch.rule.id, None)
        return {} if known is None else {f"{PROGRESS}{watch.rule.id}": watch.keep()}

    def take(self, alarm: Callable[[str], Alarm]) -> Change | None:
        """All of it as one change; None when there is nothing. `alarm` gives the row as it now is."""
        if not self._delayed and not self._progressed:
            return None
        rows = tuple(alarm(id_) for id_ in self._delayed)
        marks = {f"{PROGRESS}{id_}": watch.keep() for id_, watch in self._progressed.items()}
        self._delayed.clear()
        self._progressed.clear()
        return Change(alarms=rows, marks=marks)
