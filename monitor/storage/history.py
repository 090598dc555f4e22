"""The historian that a URL names."""

from __future__ import annotations

from pathlib import Path

from monitor.ports import Historian, Permanent
from monitor.settings.site import HistorianSettings, Site
from monitor.storage.runs import HOLD_MS, Holds

FOREVER = 10 * 365 * 86_400.0
"""Seconds: a state that never grows stale (an availability message) is drawn as far as this."""


def open_historian(settings: HistorianSettings, state: Path, site: Site) -> Historian:
    """Open what `settings.url` names: `sqlite:FILE` relative to `state`, or a server (`+s` for TLS).

    A server is not asked anything yet. Raises Permanent for a URL that cannot be served or a file that cannot be used.
    """
    scheme, _, rest = settings.url.partition(":")
    if scheme == "sqlite":
        from monitor.storage.history_sqlite import SqliteHistorian

        return SqliteHistorian.open(state / rest, retention=settings.retention, holds=holds_of(site))
    if scheme.startswith("influxdb"):
        from monitor.storage.history_influx import InfluxHistorian, addresses_of

        return InfluxHistorian.open(settings, addresses_of(site), holds_of(site))
    if scheme.startswith("victoriametrics"):
        from monitor.storage.history_influx import addresses_of
        from monitor.storage.history_victoria import VictoriaHistorian

        return VictoriaHistorian(settings, addresses_of(site), holds_of(site))
    raise Permanent(
        f"historian {scheme}: is not known here; use sqlite, influxdb1, influxdb2, influxdb3 or victoriametrics"
    )


def holds_of(site: Site) -> Holds:
    """Points that may be silent longer than the heartbeat are believed, and so in force, until they are stale."""
    return {
        f"{equipment.id}.{point.key}": int(min(point.stale_after, FOREVER) * 1000)
        for equipment in site.equipment.values()
        for point in equipment.source.plan.shape
        if point.stale_after * 1000 > HOLD_MS
    }
