"""What every floor stands on: the site, the machine's clocks, the counters, and what is believed of the equipment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.engine.beliefs import Beliefs
from monitor.engine.tally import Tally
from monitor.host import SystemClock
from monitor.settings.site import Site


@dataclass(frozen=True, slots=True)
class Ground:
    """Clock, counters and what is still believed go over to the daemon that follows at a reload."""

    site: Site
    state: Path
    clock: SystemClock
    tally: Tally
    beliefs: Beliefs
