"""What was asked on the wire: the proof that nobody writes to the plant."""

from __future__ import annotations

from collections import Counter

READS = frozenset({1, 2, 3, 4})


class WireRecorder:
    """Counts of function codes by unit, of connections, and of frames that were no Modbus at all."""

    def __init__(self) -> None:
        self.connections = 0
        self.bad_frames = 0
        self._asked: Counter[tuple[int, int]] = Counter()

    def asked(self, unit: int, function: int) -> None:
        """Note one request."""
        self._asked[unit, function] += 1

    def count(self, unit: int, function: int) -> int:
        """How often this unit was asked with this function code."""
        return self._asked[unit, function]

    @property
    def functions(self) -> frozenset[int]:
        """All function codes seen, at any unit."""
        return frozenset(function for _, function in self._asked)

    @property
    def other_than_reads(self) -> int:
        """How many requests were not function code 1-4."""
        return sum(n for (_, function), n in self._asked.items() if function not in READS)

    def summary(self) -> dict[str, object]:
        """Plain values for a line of JSON."""
        by_unit: dict[str, dict[str, int]] = {}
        for (unit, function), n in sorted(self._asked.items()):
            by_unit.setdefault(str(unit), {})[str(function)] = n
        return {
            "connections": self.connections,
            "function_codes": by_unit,
            "other_than_reads": self.other_than_reads,
            "bad_frames": self.bad_frames,
        }
