"""A water sensor that was never wet has never shown that it works."""

from __future__ import annotations

from monitor.domain.conditions import Unproven
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.verdict import Seen, Verdict, number


def step(proven: float | None, condition: Unproven, seen: Seen, now: Instant) -> tuple[float, Verdict]:
    """Fold one look; `proven` is when it last was (steady, s). One that is new, or not yet known, counts from now.

    Only a good reading proves. That time passes is no matter of data, so this verdict is never unknown.
    """
    wet = seen[1] is Quality.GOOD and bool(number(seen))
    at = now.steady if proven is None or wet else min(proven, now.steady)
    return at, Verdict.TRUE if now.steady - at > condition.longer else Verdict.FALSE
