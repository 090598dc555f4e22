"""A value is worth what its quality says (the three grades of OPC UA Part 8, section 6.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, StrEnum

from monitor.domain.point import Value


class Grade(StrEnum):
    """Good may raise and clear alarms; uncertain may raise and never clears; bad freezes."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class Quality(Enum):
    """Grade, reason and the number stored in history. Numbers are for ever: never renumber one."""

    GOOD = (Grade.GOOD, "", 0)
    OUT_OF_RANGE = (Grade.UNCERTAIN, "out_of_range", 1)
    CLOCK_SUSPECT = (Grade.UNCERTAIN, "clock_suspect", 2)
    SUBSTITUTED = (Grade.UNCERTAIN, "substituted", 3)
    NO_DATA = (Grade.BAD, "no_data", 10)
    STALE = (Grade.BAD, "stale", 11)
    COMM_FAILURE = (Grade.BAD, "comm_failure", 12)
    DECODE_ERROR = (Grade.BAD, "decode_error", 13)
    SENTINEL = (Grade.BAD, "sentinel", 14)
    RETAINED = (Grade.BAD, "retained", 15)
    OUT_OF_SERVICE = (Grade.BAD, "out_of_service", 16)

    def __init__(self, grade: Grade, reason: str, code: int) -> None:
        self.grade = grade
        self.reason = reason
        self.code = code

    @property
    def bad(self) -> bool:
        """True when the value must not be judged at all."""
        return self.grade is Grade.BAD

    @classmethod
    def from_code(cls, code: int) -> Quality:
        """The quality stored as `code`; an unknown code (a newer program's) raises ValueError."""
        for quality in cls:
            if quality.code == code:
                return quality
        raise ValueError(f"unknown quality code {code}")


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one point as people and programs see it. Times are POSIX seconds, UTC.

    A non-finite number cannot be constructed, and a bad reading of "no data" has no value: nothing is invented.
    """

    point: str
    value: Value | None
    quality: Quality
    source_time: float | None
    received_time: float | None

    def __post_init__(self) -> None:
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise ValueError(f"{self.point}: {self.value} is not a finite number")
        if self.value is None and not self.quality.bad:
            raise ValueError(f"{self.point}: a reading without a value cannot be {self.quality.name}")
