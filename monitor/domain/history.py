"""What is kept of the readings, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from monitor.domain.point import Value

HOLD_S = 150.0
"""Seconds that a stored value is in force without another: 2.5 heartbeats of 60 s. A longer silence is a gap."""


class Sample(NamedTuple):
    """One stored value: `at_ms` is POSIX milliseconds, `quality` a `Quality.code`, value None when there was none.

    The measurement time is the device's own where it sent one, else the arrival. A tuple, because millions are made.
    """

    point: str
    at_ms: int
    value: Value | None
    quality: int


sample_of: Callable[[tuple[object, ...]], Sample] = partial(tuple.__new__, Sample)
"""A sample of its four fields in order, in half the time of a call by name: for those who make one a value."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What happened to one point in [`start_ms`, `end_ms`). All None and count 0 when nothing was recorded: a gap.

    `mean` is weighted by time; `good_share` is the share of the recorded time with good quality (0 to 1).
    """

    start_ms: int
    end_ms: int
    count: int
    minimum: float | None
    mean: float | None
    maximum: float | None
    last: Value | None
    good_share: float
