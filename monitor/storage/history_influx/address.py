"""Where a point stands in InfluxDB: measurement, tags, fields. docs/history.md shows it to those who draw with Grafana."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.settings.site import Site

UNCONFIGURED = "unconfigured"
"""Measurement of points that are in the spool but no longer in the configuration: their values are kept all the same."""


@dataclass(frozen=True, slots=True)
class PointAddress:
    """`type` is the measurement, `site`, `equipment` and `system` are tags, `key` is the numeric field.

    Beside it stand `KEY.quality` (number) and, for text, `KEY.text`: no point can be called so, since their ids have no dot.
    """

    type: str
    equipment: str
    system: str
    key: str
    site: str = ""

    @property
    def quality(self) -> str:
        """Field of the quality code."""
        return f"{self.key}.quality"

    @property
    def text(self) -> str:
        """Field of a text value."""
        return f"{self.key}.text"


class _Addresses(Mapping[str, PointAddress]):
    """Of every point of a site, made when they are asked for: each is soon told again in other words."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __getitem__(self, point: str) -> PointAddress:
        id_, _, key = point.rpartition(".")
        equipment = self._site.equipment[id_]
        if key not in equipment.source.plan.index:
            raise KeyError(point)
        return PointAddress(equipment.type, equipment.id, equipment.system, key, self._site.id)

    def __iter__(self) -> Iterator[str]:
        return (f"{id_}.{key}" for id_, one in self._site.equipment.items() for key in one.source.plan.index)

    def __len__(self) -> int:
        return sum(len(one.source.plan.points) for one in self._site.equipment.values())


def addresses_of(site: Site) -> Mapping[str, PointAddress]:
    """Point id -> address, for every point of a site."""
    return _Addresses(site)


def address_of(point: str, known: Mapping[str, PointAddress]) -> PointAddress:
    """The address of a point, also of one that is no longer configured."""
    found = known.get(point)
    if found is not None:
        return found
    equipment, _, key = point.rpartition(".")
    site = next((address.site for address in known.values()), "")
    return PointAddress(UNCONFIGURED, equipment, "", key or point, site)
