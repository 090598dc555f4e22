"""Samples back out of InfluxQL's rows, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from monitor.domain.history import Sample
from monitor.domain.reading import Quality
from monitor.ports import Permanent, Transient
from monitor.storage.history_influx.address import UNCONFIGURED, PointAddress, address_of
from monitor.storage.history_influx.server import Web, identifier, literal

PAGE = 10_000
"""Rows in one answer at most."""
TOGETHER = 16
"""Points in one question: with their names it is an address of some thousand letters, which proxies let through."""
WINDOW_MS = 48 * 3_600_000
"""InfluxDB 3 Core limits how much one query may look at: longer ranges are asked piece by piece there."""
_GOOD_FROM, _BAD_FROM = Quality.GOOD.code, Quality.NO_DATA.code


class Reading:
    """Reads points of one catalogue."""

    def __init__(self, web: Web, catalogue: Mapping[str, PointAddress]) -> None:
        self._web = web
        self._catalogue = catalogue

    async def before(self, point: str, at_ms: int) -> Sample | None:
        """The last sample before `at_ms`."""
        after = f" AND time >= {at_ms - WINDOW_MS}ms" if self._web.place.generation == 3 else ""
        found = await self._select(point, f"time < {at_ms}ms{after} ORDER BY time DESC LIMIT 1")
        return found[-1] if found else None

    async def samples(self, point: str, start_ms: int, end_ms: int, limit: int | None = None) -> list[Sample]:
        """Samples in [start, end), oldest first, at most `limit`."""
        found: list[Sample] = []
        async for page in self.pages(point, start_ms, end_ms, min(limit or PAGE, PAGE)):
            found += page
            if limit is not None and len(found) >= limit:
                return found[:limit]
        return found

    async def pages(
        self, point: str, start_ms: int, end_ms: int, size: int | None = None
    ) -> AsyncIterator[list[Sample]]:
        """Samples in [start, end) in order of time, at most `size` (10,000) at once."""
        size = size or PAGE
        step = WINDOW_MS if self._web.place.generation == 3 else end_ms - start_ms
        for window in range(start_ms, end_ms, max(step, 1)):
            start, end = window, min(window + step, end_ms)
            while start < end:
                page = await self._select(
                    point, f"time >= {start}ms AND time < {end}ms ORDER BY time ASC LIMIT {size}"
                )
                yield page
                if len(page) < size:
                    break
                start = page[-1].at_ms + 1

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int
    ) -> dict[str, list[Sample]]:
        """The last sample before `start_ms` and those in [start, end) of each point, at most `limit`; a few points to a question.
        Not of InfluxDB 3, which takes one statement at a time."""
        size = min(limit, PAGE)
        before = f"time < {start_ms}ms ORDER BY time DESC LIMIT 1"
        inside = f"time >= {start_ms}ms AND time < {end_ms}ms ORDER BY time ASC LIMIT {size}"
        conditions = [before, inside] if end_ms > start_ms else [before]
        found: dict[str, list[Sample]] = {}
        for i in range(0, len(points), TOGETHER):
            some = points[i : i + TOGETHER]
            asked = [(point, condition) for point in some for condition in conditions]
            answers = await self._web.query_all([self._statement(*one) for one in asked])
            for (point, condition), series in zip(asked, answers, strict=True):
                samples = _samples(point, series)
                if condition is inside and len(samples) == size < limit:
                    samples = await self.samples(point, start_ms, end_ms, limit)
                found.setdefault(point, []).extend(samples)
        return found

    async def points(self) -> list[str]:
        """Each equipment of a measurement with each of its fields: a few of them may never have been."""
        site = next((one.site for one in self._catalogue.values() if one.site), "")
        where = f' WHERE "site" = {literal(site)}' if site else ""
        tags = await self._tags(where)
        fields = {
            one["name"]: sorted(
                {name.removesuffix(".quality").removesuffix(".text") for name, *_ in one["values"]}
            )
            for one in await self._web.query("SHOW FIELD KEYS")
        }
        found = {
            f"{equipment}.{key}"
            for one in tags
            for _, equipment in one["values"]
            for key in fields.get(one["name"], ())
        }
        return sorted(found)

    async def _tags(self, where: str) -> list[dict[str, Any]]:
        """InfluxDB 3 shows what was there within a day unless a time is named, and may refuse to look at all of it."""
        question = f'SHOW TAG VALUES WITH KEY = "equipment"{where}'
        if self._web.place.generation != 3:
            return await self._web.query(question)
        try:
            return await self._web.query(f"{question}{' AND' if where else ' WHERE'} time >= 0ms")
        except (Permanent, Transient):
            return await self._web.query(question)

    async def _select(self, point: str, condition: str) -> list[Sample]:
        return _samples(point, await self._web.query(self._statement(point, condition)))

    def _statement(self, point: str, condition: str) -> str:
        address = address_of(point, self._catalogue)
        fields = ", ".join(identifier(name) for name in (address.key, address.quality, address.text))
        # Of a point that left the configuration nobody knows the type any more, so all are looked at.
        measurement = "/.*/" if address.type == UNCONFIGURED else identifier(address.type)
        tags = f'"equipment" = {literal(address.equipment)}'
        if address.site:
            tags += f' AND "site" = {literal(address.site)}'
        # Every name and text is escaped by `identifier` and `literal`; the conditions are numbers.
        return f"SELECT {fields} FROM {measurement} WHERE {tags} AND {condition}"  # noqa: S608


def _samples(point: str, series: list[dict[str, Any]]) -> list[Sample]:
    rows = [_sample(point, row) for one in series for row in one["values"]]
    return sorted(rows, key=lambda sample: sample.at_ms)


def _sample(point: str, row: list[Any]) -> Sample:
    at_ms, figure, quality, text = row
    code = _GOOD_FROM if quality is None else int(quality)
    value = text if figure is None else figure
    # A bad sample has no value; one that stands there is what the same millisecond held before.
    return Sample(point, int(at_ms), None if code >= _BAD_FROM else value, code)
