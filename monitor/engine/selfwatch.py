"""Alarms about ourselves: a loop that died, a journal that does not write, a historian or channel that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.engine.own_rules import EQUIPMENT, link_rule, own_rules, rule_id
from monitor.engine.tally import Tally
from monitor.ports import Clock

__all__ = ["EQUIPMENT", "Health", "Selfwatch", "link_rule", "own_rules", "rule_id"]


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` answers. Dead devices or databases are alarms, not ill health."""

    ok: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beat:
    turned_at: Callable[[], float]
    limit: float


class Selfwatch:
    """Loops tell when they last turned; whoever finds a part dead or well again calls `report`."""

    def __init__(self, clock: Clock, tally: Tally) -> None:
        self._clock = clock
        self._tally = tally
        self._beats: dict[str, _Beat] = {}
        self._dead: dict[str, str] = {}
        self.journal_ok: Callable[[], bool] = lambda: True
        self.raise_alarm: Callable[[str, Verdict, Instant, str], None] = lambda *_: None

    def expect(self, loop: str, turned_at: Callable[[], float], limit: float) -> None:
        """Watch a loop: `turned_at` is the steady time of its last full turn (an answer or a time-out), and one turn
        may take `limit` seconds at most."""
        self._beats[loop] = _Beat(turned_at, limit)

    def died(self, loop: str, reason: str) -> None:
        """A loop ended that never should; it is started anew by its supervisor."""
        self._dead[loop] = reason
        self._tally.add("loop_deaths_total", loop=loop)
        self.report("loops", Verdict.TRUE)

    def revived(self, loop: str) -> None:
        """The loop was started anew; `check` clears the alarm when all turn."""
        self._dead.pop(loop, None)

    def report(self, subject: str, verdict: Verdict, reason: str = "") -> None:
        """A part of ours is down (TRUE) or well (FALSE); `reason` is shown as the alarm's value."""
        self._tally.set("self_trouble", int(verdict is Verdict.TRUE), subject=subject)
        self.raise_alarm(subject, verdict, self._clock.now(), reason)

    def check(self) -> Health:
        """Look at all loops; raises or clears the loop alarm as it finds them."""
        health = self.health()
        stuck = [reason for reason in health.reasons if not reason.startswith("journal")]
        self.report("loops", Verdict.TRUE if stuck else Verdict.FALSE)
        return health

    def health(self) -> Health:
        """200 while every supervised loop turns and the journal writes."""
        now = self._clock.now().steady
        reasons = [
            f"loop {loop} has not turned for {now - beat.turned_at():.0f} s"
            for loop, beat in self._beats.items()
            if now - beat.turned_at() > beat.limit
        ]
        reasons += [f"loop {loop} died: {reason}" for loop, reason in self._dead.items()]
        if not self.journal_ok():
            reasons.append("journal does not write")
        return Health(not reasons, tuple(reasons))
