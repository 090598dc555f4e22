"""Samples back out of `/api/v1/export`, window by window.

Export gives what is stored; `query_range` would give a value for each step, from a cache and 30 s late.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from monitor.domain.history import Sample
from monitor.domain.reading import Quality
from monitor.ports import Permanent
from monitor.storage.history_influx.address import UNCONFIGURED, PointAddress, address_of
from monitor.storage.history_influx.answers import judge
from monitor.storage.history_victoria.server import KIND, Doors

PAGE = 10_000
"""Samples that one answer should have, about: the next window is made longer or shorter by it."""
FIRST_WINDOW_MS = 3_600_000
SHORTEST_WINDOW_MS = 1_000
LOOKS_BACK = ("5m", "1d", "40d", "40y")
"""How far back the sample in force is looked for: a heartbeat finds it in the first. (Beyond 1970 nothing is found at all.)"""
_GOOD, _BAD_FROM = Quality.GOOD.code, Quality.NO_DATA.code


class Reading:
    """Reads points of one catalogue."""

    def __init__(self, doors: Doors, catalogue: Mapping[str, PointAddress]) -> None:
        self._doors = doors
        self._catalogue = catalogue
        self.separator = "_"

    async def before(self, point: str, at_ms: int) -> Sample | None:
        """The last sample before `at_ms`."""
        series = await self._series(point)
        if series is None:
            return None
        for back in LOOKS_BACK:
            form = {
                "query": f"tlast_over_time({series.quality}[{back}])",
                "time": instant(at_ms - 1),
                "nocache": "1",  # without it the last 30 s are hidden
            }
            result = _json(await self.ask("/api/v1/query", form))["data"]["result"]
            if result:
                last = max(round(float(one["value"][1]) * 1000) for one in result)
                return (await self._export(series, last, last + 1))[-1]
        return None

    async def samples(self, point: str, start_ms: int, end_ms: int, limit: int) -> list[Sample]:
        """Samples in [start, end), oldest first, at most `limit`."""
        found: list[Sample] = []
        async for page in self.pages(point, start_ms, end_ms):
            found += page
            if len(found) >= limit:
                break
        return found[:limit]

    async def pages(self, point: str, start_ms: int, end_ms: int) -> AsyncIterator[list[Sample]]:
        """Samples in [start, end) in order of time, in windows that hold about a page."""
        series = await self._series(point)
        window = FIRST_WINDOW_MS
        while series is not None and start_ms < end_ms:
            stop = min(start_ms + window, end_ms)
            page = await self._export(series, start_ms, stop)
            yield page
            start_ms = stop
            if len(page) < PAGE // 4:
                window *= 4
            elif len(page) > PAGE:
                window = max(window * PAGE // (2 * len(page)), SHORTEST_WINDOW_MS)

    async def points(self) -> list[str]:
        """The points that have a quality: those of the configuration, and of the others what can be told from their names."""
        site = next((one.site for one in self._catalogue.values() if one.site), "")
        match = f"{{__name__=~{literal('.+[.]quality')}" + (f",site={literal(site)}}}" if site else "}")
        form = {"match[]": match, "start": "1"}
        found = _json(await self.ask("/api/v1/series", form))["data"]
        known = {
            (f"{one.type}{self.separator}{one.key}", one.equipment): point
            for point, one in self._catalogue.items()
        }
        points = set()
        for one in found:
            name, equipment = one["__name__"].removesuffix(".quality"), one.get("equipment", "")
            # Keys have no separator of their own in most sites; a type may have a dash, never an underscore.
            points.add(known.get((name, equipment)) or f"{equipment}.{name.partition(self.separator)[2]}")
        return sorted(points)

    async def _export(self, series: _Series, start_ms: int, end_ms: int) -> list[Sample]:
        form = {
            "match[]": [series.number, series.quality],
            "start": instant(start_ms),
            "end": instant(end_ms - 1),  # the end is inside there
        }
        numbers: dict[int, float] = {}
        qualities: dict[int, float] = {}
        async for metric, samples in series_of(self, form):
            (qualities if metric["__name__"] == series.quality_name else numbers).update(samples)
        return joined(series.point, numbers, qualities)

    def name_of(self, address: PointAddress) -> str:
        """The metric of a point."""
        return f"{address.type}{self.separator}{address.key}"

    async def ask_json(self, path: str, form: Mapping[str, Any]) -> Any:
        """One question. Raises Transient or Permanent."""
        return _json(await self.ask(path, form))

    async def _series(self, point: str) -> _Series | None:
        address = address_of(point, self._catalogue)
        labels = f"equipment={literal(address.equipment)}"
        if address.site:
            labels += f",site={literal(address.site)}"
        if address.type != UNCONFIGURED:
            return _Series(point, self.name_of(address), labels)
        name = await self._found_name(f"{self.separator}{address.key}", labels)
        return _Series(point, name, labels) if name else None

    async def _found_name(self, ending: str, labels: str) -> str | None:
        """The metric of a point that left the configuration: nobody knows its type any more.

        All points of one equipment begin alike, so the shortest name that ends so has nothing between type and key.
        """
        # The first second of all: 0 would mean that nothing was said, and only today would be looked at.
        form = {"match[]": f"{{{labels}}}", "start": "1"}
        found = _json(await self.ask("/api/v1/series", form))["data"]
        quality = f"{ending}.quality"
        names = [one["__name__"] for one in found if one.get("__name__", "").endswith(quality)]
        return min(names, key=len).removesuffix(".quality") if names else None

    async def ask(self, path: str, form: Mapping[str, Any]) -> str:
        """One question as it is answered. Raises Transient or Permanent."""
        answer = await self._doors.ask("POST", path, data=form)
        judge(answer.status_code, answer.text, answer.headers, KIND)
        return answer.text


async def series_of(
    reading: Reading, form: Mapping[str, Any]
) -> AsyncIterator[tuple[Mapping[str, str], dict[int, float]]]:
    """Each series of an export: its labels, and its samples by their time in ms."""
    for line in (await reading.ask("/api/v1/export", form)).splitlines():
        one = _json(line)
        samples = zip(one["timestamps"], one["values"], strict=True)
        yield one["metric"], {at: value for at, value in samples if isinstance(value, int | float)}


def joined(point: str, numbers: Mapping[int, float], qualities: Mapping[int, float]) -> list[Sample]:
    """The samples of a point out of its two series."""
    return [
        _sample(point, at_ms, numbers.get(at_ms), qualities.get(at_ms))
        for at_ms in sorted(numbers.keys() | qualities.keys())
    ]


class _Series:
    """The two series of a point, by name and as PromQL selects them."""

    def __init__(self, point: str, name: str, labels: str) -> None:
        self.point = point
        self.quality_name = f"{name}.quality"
        self.number = f"{{__name__={literal(name)},{labels}}}"
        self.quality = f"{{__name__={literal(self.quality_name)},{labels}}}"


def literal(text: str) -> str:
    """A string as PromQL writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def instant(at_ms: int) -> str:
    """Seconds, half a millisecond late: the server cuts what is below, and a binary fraction may be just below."""
    return f"{at_ms // 1000}.{at_ms % 1000:03d}5"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Permanent(f"{KIND} gave an answer that is not JSON: {text[:80]!r}") from error


def _sample(point: str, at_ms: int, number: float | None, quality: float | None) -> Sample:
    code = _GOOD if quality is None else int(quality)
    return Sample(point, at_ms, None if number is None or code >= _BAD_FROM else float(number), code)
