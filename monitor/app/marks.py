"""Names of the journal's marks about the daemon itself."""

from __future__ import annotations

CLOCK = "clock"
"""The clock anchor."""
ALIVE = "alive"
"""When we last lived (wall, POSIX s)."""
STOPPED = "stopped"
"""When we last stopped on purpose: the very text of `ALIVE` then."""
HISTORIAN = "historian"
"""Where readings went."""
