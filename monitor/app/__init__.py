"""The composition root, a floor in a file: who is wired to whom, and in which order things start and stop.

`stores` (what outlives us) carry `alarms` (rules, journal's writer, live view), these carry `readings` (from connections to
history and judging) and `people` (rounds, messages); `upkeep` looks after all of them as time goes by, `door` is the console.
`daemon` builds one on the other and takes them down again.
"""

from monitor.app.daemon import Daemon

__all__ = ["Daemon"]
