"""What an operator must see of an alarm at its row: that it chatters, that it is fleeting, that it has stood for long.

The same limits as in the alarm load (`nuisance`, ISA-18.2-2016 16.5), over the last hour and as it happens. On steady time
where it counts how often, so that a stepped wall clock neither makes nor ends a nuisance; how long it stands is wall time, as
people read it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from monitor.domain.alarm import Alarm, AlarmEvent, EventCause
from monitor.domain.instant import Instant
from monitor.domain.nuisance import CHATTER_COUNT, CHATTER_SPAN, FEW, FLEETING, STANDING

WINDOW = 3600.0
"""Seconds that are looked back."""
MOST = 1000
"""Annunciations that are kept of one alarm: more within the hour would say nothing more."""
_RAISES = frozenset({EventCause.RAISED, EventCause.TRIPPED})


@dataclass(frozen=True, slots=True)
class Marks:
    """`annunciations` and `fleeting` are counts of the last hour."""

    annunciations: int = 0
    chattering: bool = False
    """Three annunciations within a minute, at some time in the last hour."""
    fleeting: int = 0
    """Activities that were over within 30 s; 0 below three, which is no habit yet."""
    standing: bool = False
    """Active for over a day."""

    @property
    def any(self) -> bool:
        """True when there is something to show."""
        return self.chattering or self.fleeting > 0 or self.standing


NOTHING = Marks()


@dataclass(slots=True)
class Lately:
    """One alarm in the last hour. Times are steady seconds."""

    _times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST))
    _fleeting: deque[float] = field(default_factory=lambda: deque(maxlen=MOST))
    _raised: float | None = None
    _chattered: float = -WINDOW
    """When it last chattered."""

    def follow(self, event: AlarmEvent) -> None:
        """One more event of the alarm, oldest first."""
        at = event.steady
        if event.annunciates:
            self._times.append(at)
            if len(self._times) >= CHATTER_COUNT and at - self._times[-CHATTER_COUNT] <= CHATTER_SPAN:
                self._chattered = at
        if event.cause in _RAISES:
            self._raised = at
        elif event.cause is EventCause.RETURNED and self._raised is not None:
            if at - self._raised < FLEETING:
                self._fleeting.append(at)
            self._raised = None

    def marks(self, steady: float) -> Marks:
        """As it is at `steady`, whatever the alarm itself says of standing."""
        self._forget(steady - WINDOW)
        brief = len(self._fleeting)
        return Marks(len(self._times), self._chattered > steady - WINDOW, brief if brief >= FEW else 0)

    @property
    def over(self) -> bool:
        """True when nothing of it is left in the hour that was last looked at."""
        return not self._times and not self._fleeting and self._raised is None

    def _forget(self, until: float) -> None:
        for times in (self._times, self._fleeting):
            while times and times[0] <= until:
                times.popleft()
        if self._raised is not None and self._raised <= until:
            self._raised = None  # what has been active for so long is not fleeting


def standing(alarm: Alarm, now: Instant) -> bool:
    """True for an alarm that has been active for over a day."""
    return alarm.active and alarm.since is not None and now.wall - alarm.since > STANDING
