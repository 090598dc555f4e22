"""A place in the spool from which samples are taken: what was decoded ahead, and what waits in memory behind the files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from monitor.domain.history import Sample
from monitor.domain.rows import joined
from monitor.storage.spool.reader import Reader, Run
from monitor.storage.spool.segment import Segment


class Cursor:
    """Reads on from `at`; its owner moves it. What is still in memory (`recent`, without a hole) is not read from disk."""

    def __init__(
        self, segments: Sequence[Segment], recent: Sequence[Run], tail: Iterable[Run], at: int = 0
    ) -> None:
        self._segments = segments
        self._recent = recent
        self._tail = tail
        self.reader = Reader(segments)
        self._decoded: deque[Run] = deque()
        self.at = self._read = at

    def take(self, limit: int, until: int | None) -> tuple[Sequence[Sample], int]:
        """Samples from `at` on, at most `limit` and none from the number `until` on; and the number behind them.

        Raises OSError.
        """
        self._fill(limit)
        runs: list[Sequence[Sample]] = []
        position, room = self.at, limit
        for first, run in self._decoded:
            taken = run[:room] if until is None else run[: max(0, min(room, until - first))]
            if taken:
                runs.append(taken)
                position = first + len(taken)
            room -= len(taken)
            if len(taken) < len(run) or room <= 0:
                break
        return joined(runs), position

    def found_from(self, number: int) -> bool:
        """True when the next sample that can be read has this number or a later one."""
        return bool(self._decoded) and self._decoded[0][0] >= number

    def move(self, position: int) -> None:
        """Go on from there."""
        self.at = position
        self._read = max(self._read, position)
        cut(self._decoded, position)

    def _fill(self, limit: int) -> None:
        have = sum(len(run) for _, run in self._decoded)
        while have < limit:
            runs = self._more()
            if not runs:
                return
            self._decoded.extend(runs)
            self._read = runs[-1][0] + len(runs[-1][1])
            have += sum(len(run) for _, run in runs)

    def _more(self) -> list[Run]:
        if self._recent and self._recent[0][0] <= self._read:
            runs = self._after(self._recent)
        else:
            runs = self.reader.more(self._read) if self._segments else []
        return runs or self._after(self._tail)

    def _after(self, runs: Iterable[Run]) -> list[Run]:
        wanted = self._read
        return [
            (max(first, wanted), run[max(0, wanted - first) :])
            for first, run in runs
            if first + len(run) > wanted
        ]


def cut(runs: deque[Run], position: int) -> None:
    """Leave out what lies before a position."""
    while runs and runs[0][0] < position:
        first, run = runs.popleft()
        if first + len(run) > position:
            runs.appendleft((position, run[position - first :]))
