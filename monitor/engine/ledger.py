"""What each person was sent by each channel, and what was held back from them: rebuilt from the outbox's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.domain import pacing
from monitor.domain.notification import Delivery, Notification
from monitor.domain.pacing import Allowance

DAILY_CAP = "daily_cap"
"""Reason of a failure: the person has had what the channel allows in a day, and this could be told another way."""
KEPT = 2 * 86_400.0
"""Seconds after which a text no longer counts."""

Reader = tuple[str, str]
"""A person and a channel."""


class Ledger:
    """Times are wall time (POSIX s): days are people's days."""

    def __init__(self, allowances: Mapping[str, Allowance], timezone: str) -> None:
        self._allowances = allowances
        self._timezone = timezone
        self._sent: dict[Reader, dict[str, float]] = {}
        self._held: dict[Reader, int] = {}

    def restore(self, rows: Iterable[Notification]) -> None:
        """Count what the rows say was sent, and what was held back since."""
        for row in sorted(rows, key=lambda row: row.sent_at or row.created_at):
            if row.recipient is None:
                continue
            if row.sent_at is not None or row.state is Delivery.UNCERTAIN:
                key = row.reference or row.code or row.id  # rows that went out as one text share it
                self._note(row, key, row.sent_at or row.created_at)
                self.taken(row)
            elif row.reason == DAILY_CAP:
                self.held(row)

    def begun(self, row: Notification, wall: float) -> None:
        """A text goes out for this row, and for those that go with it."""
        self._note(row, _attempt(row), wall)

    def not_taken(self, row: Notification) -> None:
        """The channel surely did not take that text: it costs nobody anything."""
        self._sent.get((row.recipient or "", row.channel), {}).pop(_attempt(row), None)

    def taken(self, row: Notification) -> None:
        """The text is on its way, with what it says of others held back."""
        self._held.pop((row.recipient or "", row.channel), None)

    def _note(self, row: Notification, key: str, wall: float) -> None:
        reader = (row.recipient or "", row.channel)
        times = self._sent.setdefault(reader, {})
        times[key] = wall
        for old in [old for old, at in times.items() if wall - at > KEPT]:
            del times[old]

    def held(self, row: Notification) -> None:
        """A message to somebody was held back."""
        reader = (row.recipient or "", row.channel)
        self._held[reader] = self._held.get(reader, 0) + 1

    def held_back(self, row: Notification) -> int:
        """How many were held back from the reader of a row since the last text to them."""
        return self._held.get((row.recipient or "", row.channel), 0)

    def spent(self, row: Notification, wall: float) -> bool:
        """True when the reader of a row has had all that is not reserved for critical alarms today."""
        allowance = self._allowances.get(row.channel, Allowance())
        return allowance.spent(pacing.on_the_day_of(self._times(row), wall, self._timezone))

    def next_slot(self, row: Notification, wall: float) -> float:
        """When (wall, POSIX s) a message that can wait may go to the reader of a row."""
        return pacing.next_slot(self._times(row), wall)

    def _times(self, row: Notification) -> Iterable[float]:
        return self._sent.get((row.recipient or "", row.channel), {}).values()


def _attempt(row: Notification) -> str:
    return f"{row.id}:{row.attempts}"
