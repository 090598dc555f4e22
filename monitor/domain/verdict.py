"""What a look at data can conclude, and what may be looked at."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from monitor.domain.point import Value
from monitor.domain.reading import Grade, Quality

Seen = tuple[Value | None, Quality]
"""What is known of one point: its latest value, and how far that may be believed."""


class Verdict(Enum):
    """TRUE: the condition holds. BAND: it does not, but is not past the deadband either. FALSE: it is clear.

    UNKNOWN: the data cannot say, so whatever was believed stays believed.
    """

    TRUE = "true"
    BAND = "band"
    FALSE = "false"
    UNKNOWN = "unknown"


class View(Protocol):
    """One equipment's latest values: what a rule may look at."""

    answering: bool | None
    """False: does not answer or said offline. None: not yet tried since start."""

    def read(self, key: str) -> Seen:
        """The latest value of a point and how far it may be believed."""
        ...


def of(holds: bool) -> Verdict:
    """TRUE or FALSE, for what has nothing between."""
    return Verdict.TRUE if holds else Verdict.FALSE


def believed(verdict: Verdict, quality: Quality) -> Verdict:
    """Uncertain data may raise and never clears."""
    if quality.grade is Grade.UNCERTAIN and verdict is not Verdict.TRUE:
        return Verdict.UNKNOWN
    return verdict


def number(seen: Seen) -> float | None:
    """The value as a number that may be judged; None for bad data and for text."""
    value, quality = seen
    return None if quality.bad or value is None or isinstance(value, str) else float(value)
