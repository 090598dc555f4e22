"""What of a rule's memory outlives a restart, as text for the journal.

The downtime then counts as data that was bad: windows go on over it as they do over a line that was cut, and what began before
is met by the first good reading.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from typing import Any

from monitor.domain.conditions import AtLeast, MonthlyUptimeBelow, Rate, Starts, Stuck, Unceasing, Unproven
from monitor.domain.remembered import Memory
from monitor.domain.rules import Condition
from monitor.domain.starts import Count
from monitor.domain.stillness import Flow, Still
from monitor.domain.trend import Slice, Trend
from monitor.domain.uptime import Month

NOTHING = "null"


def keep(condition: Condition, memory: Memory) -> str:
    """The memory as text; NOTHING when there is none."""
    parts = [_plain(memory.get(one)) for one in _remembering(condition)]
    if all(part is None for part in parts):
        return NOTHING
    return json.dumps(
        parts[0] if over_weeks(condition) else [_print_of(condition), parts], separators=(",", ":")
    )


def kept(condition: Condition, text: str) -> Memory:
    """The memory that `keep` wrote; empty, which begins anew, when it is not to be understood, or is of another condition.

    Only what is seen over weeks outlives a change of the condition: a limit that is moved makes no sensor unproven.
    """
    those = tuple(_remembering(condition))
    try:
        data = json.loads(text)
        if over_weeks(condition):
            return {condition: _of(condition, data)}
        written_for, parts = data
        if written_for != _print_of(condition):
            return {}
        known = zip(those, parts, strict=True)
        return {one: _of(one, part) for one, part in known if part is not None}
    except (ValueError, TypeError, IndexError):
        return {}


def over_weeks(condition: Condition) -> bool:
    """True when what it has seen counts for so long that hours in which it is not asked must not end it."""
    return isinstance(condition, Unproven | MonthlyUptimeBelow)


def _print_of(condition: Condition) -> int:
    return zlib.crc32(repr(condition).encode())


def _remembering(condition: Condition) -> Iterator[Any]:
    """The conditions in it that have a memory, in their order."""
    match condition:
        case AtLeast(_, conditions):
            for one in conditions:
                yield from _remembering(one)
        case MonthlyUptimeBelow(down):
            yield condition
            yield from _remembering(down)
        case Rate() | Stuck() | Starts() | Unceasing() | Unproven():
            yield condition


def _plain(part: Any) -> Any:
    """Of the month not when it was last looked at: what was between that and the next look is not known."""
    match part:
        case Month(begins, ends, up, down):
            return [begins, ends, up, down]
        case _:
            return part


def _of(condition: Any, part: Any) -> Any:
    """Raises ValueError, TypeError or IndexError for what no memory of this condition looks like."""
    match condition:
        case Unproven():
            return _number(part)
        case MonthlyUptimeBelow():
            begins, ends, up, down = map(_number, part)
            return Month(begins, ends, up, down)
        case Stuck():
            anchor, since, moved = part
            return Still(_number(anchor), _number(since), _flag(moved))
        case Unceasing():
            since, total, grew = map(_number, part)
            return Flow(since, total, grew)
        case Starts():
            since, _, events = part  # what started while nobody looked is not counted
            return Count(_number(since), None, tuple((_number(at), _number(many)) for at, many in events))
        case _:
            slices, newest, slope, doubtful = part
            return Trend(
                tuple(map(_slice, slices)),
                None if newest is None else _slice(newest),
                None if slope is None else _number(slope),
                _flag(doubtful),
            )


def _slice(part: Any) -> Slice:
    begun, times, values, n, doubtful = part
    return Slice(_number(begun), _number(times), _number(values), int(_number(n)), _flag(doubtful))


def _number(part: Any) -> float:
    if isinstance(part, bool) or not isinstance(part, (int, float)):
        raise TypeError(f"{part!r} is no number")
    if not math.isfinite(part):
        raise ValueError(f"{part!r} is no time and no value")
    return float(part)


def _flag(part: Any) -> bool:
    if not isinstance(part, bool):
        raise TypeError(f"{part!r} is neither true nor false")
    return part
