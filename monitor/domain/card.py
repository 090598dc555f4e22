"""The card of an alarm: why it comes, what follows, what to do first, whom to call, how long there is."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.domain.point import Text
from monitor.domain.urgency import Clocks, GradeClock, Priority


@dataclass(frozen=True, slots=True)
class Card:
    """What the operator reads at three in the morning (IEC 62682 alarm response: cause, consequence, action).

    `call` says who is called, in words, and `role` which role of the roster that is, where it is one. `within` is how many
    seconds after the raise somebody must have acted, or which clock of the service grade says so.
    """

    cause: Text = field(default_factory=dict)
    consequence: Text = field(default_factory=dict)
    action: Text = field(default_factory=dict)
    call: Text = field(default_factory=dict)
    role: str | None = None
    within: float | GradeClock | None = None

    def allowed(self, clocks: Clocks) -> float | None:
        """Seconds that the card allows."""
        return clocks[self.within] if isinstance(self.within, GradeClock) else self.within

    def respond_by(self, priority: Priority, raised_at: float, clocks: Clocks) -> float | None:
        """When somebody must have acted (POSIX s); None: at leisure.

        The grade's time for emergencies holds for every critical alarm; the stricter of both wins.
        """
        spans = [self.allowed(clocks), clocks[GradeClock.URGENT] if priority is Priority.CRITICAL else None]
        return min((raised_at + span for span in spans if span is not None), default=None)
