"""Watching the machine below us: disk, clocks, and what piles up because something else does not go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.engine import machine_rules as subject
from monitor.engine.tally import Tally

log = structlog.get_logger("machine")

GIB = 2**30
SHORT, ENOUGH = 0.10, 0.12
"""Shares of free disk below which it is short and above which it is so no longer."""
SHORT_BYTES, ENOUGH_BYTES = 1 * GIB, 1.2 * GIB
FULL, NOT_FULL = 0.02, 0.03
STEP = 2.0
"""Seconds by which the wall clock may part from the steady one between two looks; slewing moves 0.5 ms a second."""
FILLING, EMPTYING = 0.50, 0.40
"""Shares of the spool's bound."""
STUCK = 120.0
"""Seconds that a message may be due without having been handed over."""


@dataclass(frozen=True, slots=True)
class State:
    """One look at the machine. `None` is unknown: no alarm comes of it, and none ends."""

    disk_free: float | None = None
    disk_size: float | None = None
    """Bytes of the file system that holds the state directory."""
    synchronised: bool | None = None
    """The kernel's word on whether a time service keeps the clock."""


class Probe(Protocol):
    """The machine, or a test's idea of one."""

    def look(self) -> State:
        """How it is now. Cheap, and raises nothing."""
        ...


Report = Callable[[str, Verdict, Value | None], None]
Happened = Callable[[str, Value], object]


class MachineWatch:
    """Looks every few seconds. `report` states a verdict on one of our subjects, `happened` a single event."""

    def __init__(
        self,
        probe: Probe,
        tally: Tally,
        report: Report,
        happened: Happened,
        *,
        spool_fill: Callable[[], float],
        oldest_due: Callable[[], float | None],
    ) -> None:
        """`spool_fill` is a share (0 to 1), `oldest_due` the steady time at which the oldest unsent message was due."""
        self._probe = probe
        self._tally = tally
        self._report = report
        self._happened = happened
        self._spool_fill = spool_fill
        self._oldest_due = oldest_due
        self._apart: float | None = None

    def look(self, now: Instant) -> None:
        """One look at everything."""
        self._clock(now)
        state = self._probe.look()
        self._disk(state)
        self._sync(state)
        self._spool()
        self._outbox(now)

    def _clock(self, now: Instant) -> None:
        apart = now.wall - now.steady
        before, self._apart = self._apart, apart
        if before is None or abs(apart - before) <= STEP:
            return
        step = apart - before
        log.warning("clock.stepped", seconds=round(step, 3))
        self._tally.add("clock_steps_total")
        self._happened(subject.CLOCK_STEP, f"{step:+.1f} s")

    def _disk(self, state: State) -> None:
        if state.disk_free is None or not state.disk_size:
            return
        free, share = state.disk_free, state.disk_free / state.disk_size
        self._tally.set("disk_free_bytes", free)
        self._tally.set("disk_size_bytes", state.disk_size)
        short = share < SHORT or free < SHORT_BYTES
        enough = share >= ENOUGH and free >= ENOUGH_BYTES
        shown = f"{share:.1%}, {free / GIB:.1f} GiB"
        self._report(subject.DISK, _between(short, enough), shown)
        self._report(subject.DISK_FULL, _between(share < FULL, share >= NOT_FULL), shown)

    def _sync(self, state: State) -> None:
        if state.synchronised is None:
            return
        self._tally.set("clock_synchronised", int(state.synchronised))
        self._report(subject.CLOCK_SYNC, Verdict.FALSE if state.synchronised else Verdict.TRUE, None)

    def _spool(self) -> None:
        fill = self._spool_fill()
        self._tally.set("spool_fill_ratio", fill)
        self._report(subject.SPOOL_FILLING, _between(fill > FILLING, fill <= EMPTYING), f"{fill:.0%}")

    def _outbox(self, now: Instant) -> None:
        due = self._oldest_due()
        late = 0.0 if due is None else max(0.0, now.steady - due)
        self._tally.set("outbox_late_seconds", late)
        self._report(subject.OUTBOX, _between(late > STUCK, late < STUCK / 10), f"{late / 60:.0f} min")


def _between(raised: bool, clear: bool) -> Verdict:
    return Verdict.TRUE if raised else Verdict.FALSE if clear else Verdict.BAND
