"""The windows that are near in time and the scans that count for them: an index in memory over stored rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.domain.inspection import CheckpointScan, Outcome, Round, Window, attribute, decide
from monitor.domain.localtime import local_date
from monitor.domain.windows import planned

DAY = 86_400.0
AHEAD = 2 * DAY
"""Rows are planned so far ahead, so that a stopped daemon leaves behind what it would have judged."""
BACK = 15 * DAY
"""After a longer stop no more is made up for: the period that records must be kept for."""
KEEP = 2 * DAY
"""How long decided windows and their scans stay at hand for late uploads and today's page."""


@dataclass(frozen=True, slots=True)
class WindowStatus:
    """One window with what was seen in it: checkpoint -> its scan."""

    window: Window
    seen: Mapping[str, CheckpointScan]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundStatus:
    """One round of one day."""

    round: Round
    windows: tuple[WindowStatus, ...]


class WindowBook:
    """Knows no clock and writes nothing: each method returns the rows that its caller must store."""

    def __init__(self, rounds: Iterable[Round], timezone: str) -> None:
        self._rounds = {round_.id: round_ for round_ in rounds}
        self._timezone = timezone
        self._rows: dict[str, dict[str, Window]] = {id_: {} for id_ in self._rounds}
        self._scans: dict[str, CheckpointScan] = {}

    # Rows in

    def load(
        self, windows: Iterable[Window], scans: Iterable[CheckpointScan], now: float
    ) -> tuple[Window, ...]:
        """Take over what is stored; returns the open windows that the configuration has done away with, closed."""
        withdrawn: list[Window] = []
        for row in windows:
            if row.round in self._rows:
                self._rows[row.round][row.id] = row
            elif row.outcome is Outcome.OPEN:
                withdrawn.append(_withdrawn(row, now))
        self._scans.update((scan.client_id, scan) for scan in scans)
        for round_ in self._rounds.values():
            withdrawn += self._no_longer_planned(round_, now)
        return tuple(withdrawn)

    def _no_longer_planned(self, round_: Round, now: float) -> list[Window]:
        """Future rows that the round's present times would not make; those begun already are judged as promised."""
        rows = self._rows[round_.id]
        wanted = {row.id for row in planned(round_, now, now + AHEAD + DAY, self._timezone)}
        gone = [row for row in rows.values() if row.outcome is Outcome.OPEN and row.start > now]
        gone = [row for row in gone if row.id not in wanted]
        for row in gone:
            del rows[row.id]
        return [_withdrawn(row, now) for row in gone]

    def plan(self, now: float) -> tuple[Window, ...]:
        """New and changed rows up to `AHEAD` of `now`, and those that passed since the last row, if we were down.

        A round that was never planned, or has new times, begins with what can still be walked.
        """
        fresh: list[Window] = []
        for round_ in self._rounds.values():
            rows = self._rows[round_.id]
            last = max((row.start for row in rows.values()), default=now)
            since = max(min(last, now), now - BACK)
            for row in planned(round_, since - DAY, now + AHEAD, self._timezone):
                known = rows.get(row.id)
                unplanned = known is None and (row.end > now or (row.start > last and row.start >= since))
                changed = known is not None and known.outcome is Outcome.OPEN and row.start > now
                if unplanned or (changed and known != row):
                    rows[row.id] = row
                    fresh.append(row)
        return tuple(fresh)

    def take(self, scan: CheckpointScan) -> None:
        """A person was at a checkpoint."""
        self._scans[scan.client_id] = scan

    def scan(self, client_id: str) -> CheckpointScan | None:
        """A scan at hand."""
        return self._scans.get(client_id)

    # Judging

    def judge(self, now: float) -> tuple[Window, ...]:
        """Windows that are decided now and were not before, oldest first: by their scans or by their grace's end."""
        changed: list[Window] = []
        for round_ in self._rounds.values():
            rows = self._rows[round_.id]
            seen = self._seen(round_)
            for row in rows.values():
                decided = _judged(row, round_, tuple(seen[row.id].values()), now)
                if decided is not row:
                    changed.append(decided)
        for row in changed:
            self._rows[row.round][row.id] = row
        return tuple(sorted(changed, key=lambda row: (row.start, row.id)))

    def excuse(self, window: str, round_: str, reason: str, actor: str) -> Window | None:
        """A missed window that somebody answered for; the note keeps that it was missed. None when it was not."""
        row = self._rows.get(round_, {}).get(window)
        if row is None or not row.outcome.missed:
            return None
        note = f"{row.outcome.value}: {reason} ({actor})"
        self._rows[round_][window] = excused = replace(row, outcome=Outcome.EXCUSED, note=note)
        return excused

    # Looking

    def last_missed(self, round_: str) -> Window | None:
        """The latest window of a round that was missed and not excused."""
        missed = [row for row in self._rows.get(round_, {}).values() if row.outcome.missed]
        return max(missed, key=lambda row: row.start, default=None)

    def status(self, row: Window) -> WindowStatus:
        """One window with its scans."""
        return self._status(row, self._seen(self._rounds[row.round]))

    def _status(self, row: Window, seen: Mapping[str, Mapping[str, CheckpointScan]]) -> WindowStatus:
        places, wanted = seen.get(row.id, {}), self._rounds[row.round].checkpoints
        return WindowStatus(row, places, tuple(place for place in wanted if place not in places))

    def _seen(self, round_: Round) -> Mapping[str, Mapping[str, CheckpointScan]]:
        return attribute(round_, self._rows[round_.id].values(), self._scans.values())

    def of_scan(self, client_id: str) -> tuple[Window, ...]:
        """The windows that a scan counts for."""
        found: list[Window] = []
        for round_ in self._rounds.values():
            for id_, seen in self._seen(round_).items():
                if any(scan.client_id == client_id for scan in seen.values()):
                    found.append(self._rows[round_.id][id_])
        return tuple(found)

    def today(self, now: float) -> tuple[RoundStatus, ...]:
        """Windows that begin on the local day of `now`, and those of yesterday that are still open."""
        day = local_date(now, self._timezone)
        found: list[RoundStatus] = []
        for round_ in self._rounds.values():
            seen = self._seen(round_)
            rows = sorted(self._rows[round_.id].values(), key=lambda row: row.start)
            shown = [
                row
                for row in rows
                if local_date(row.start, self._timezone) == day or row.start <= now < row.grace_until
            ]
            found.append(RoundStatus(round_, tuple(self._status(row, seen) for row in shown)))
        return tuple(found)

    def next_due(self) -> float | None:
        """POSIX seconds at which the next open window is judged."""
        return min(
            (
                row.grace_until
                for rows in self._rows.values()
                for row in rows.values()
                if row.outcome is Outcome.OPEN
            ),
            default=None,
        )

    def prune(self, now: float) -> None:
        """Forget what is decided and long past; the last row of a round stays, to know how far it is planned."""
        for rows in self._rows.values():
            last = max((row.start for row in rows.values()), default=0.0)
            old = [row.id for row in rows.values() if _settled(row, now) and row.start < last]
            for id_ in old:
                del rows[id_]
        stale = [scan.client_id for scan in self._scans.values() if scan.at < now - KEEP - DAY]
        for client_id in stale:
            del self._scans[client_id]


def _settled(row: Window, now: float) -> bool:
    return row.outcome is not Outcome.OPEN and row.grace_until < now - KEEP


def _withdrawn(row: Window, now: float) -> Window:
    return replace(row, outcome=Outcome.EXCUSED, decided_at=now, note="no longer planned")


def _judged(row: Window, round_: Round, scans: Sequence[CheckpointScan], now: float) -> Window:
    """The row as it must be now; the same object when nothing changes."""
    if row.outcome is Outcome.OPEN:
        outcome = decide(row, round_, scans, now)
        return row if outcome is Outcome.OPEN else replace(row, outcome=outcome, decided_at=now)
    heard_since = [scan for scan in scans if scan.received_at > (row.decided_at or 0.0)]
    if not row.outcome.missed or not heard_since:
        return row
    # Walked, but uploaded after it was judged (a phone without signal): the record says both.
    outcome = decide(row, round_, scans, now)
    if outcome.done:
        return replace(row, outcome=Outcome.LATE, decided_at=now, note=f"{row.outcome.value} until uploaded")
    return row if outcome is row.outcome else replace(row, outcome=outcome)
