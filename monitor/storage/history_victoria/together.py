"""Many points in a few questions: a moment of a whole site asks of hundreds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from monitor.domain.history import Sample
from monitor.storage.history_influx.address import PointAddress
from monitor.storage.history_victoria.reading import LOOKS_BACK, Reading, instant, joined, literal, series_of

WORTH = 8
"""From so many points on it pays to look at all of their equipment at once."""
LONGEST_MS = 2 * 3_600_000
"""Of a longer time each point is read alone, page by page."""

_Key = tuple[str, str]
"""Name and equipment of a series."""
Raw = Callable[[str, int, int, int], Awaitable[Sequence[Sample]]]


def together(
    points: Sequence[str], known: Mapping[str, PointAddress], start_ms: int, end_ms: int
) -> list[str]:
    """Those of the points that may be read at once; none where it does not pay."""
    if end_ms - start_ms > LONGEST_MS:
        return []
    some = [point for point in points if point in known]
    return some if len(some) >= WORTH else []


async def read(
    reading: Reading,
    known: Mapping[str, PointAddress],
    points: Sequence[str],
    start_ms: int,
    end_ms: int,
    limit: int,
) -> dict[str, list[Sample]]:
    """As `raw` of each of these points."""
    where = _where({known[point].equipment for point in points}, {known[point].site for point in points})
    before = await _before(reading, known, points, where, start_ms)
    inside = await _inside(reading, where, start_ms, end_ms) if end_ms > start_ms else {}
    found: dict[str, list[Sample]] = {}
    for point in points:
        name, equipment = reading.name_of(known[point]), known[point].equipment
        numbers = inside.get((name, equipment), {})
        qualities = inside.get((f"{name}.quality", equipment), {})
        first = [before[point]] if point in before else []
        found[point] = [*first, *joined(point, numbers, qualities)[:limit]]
    return found


def _where(equipment: Iterable[str], sites: Iterable[str]) -> str:
    """All series of these equipment. PromQL's expressions are anchored; what stands in an id is no expression."""
    sites = sorted(set(sites))
    place = f",site=~{literal('|'.join(map(_plain, sites)))}" if all(sites) else ""
    return f"{{equipment=~{literal('|'.join(map(_plain, sorted(equipment))))}{place}}}"


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else f"\\{c}" for c in text)


async def _before(
    reading: Reading, known: Mapping[str, PointAddress], points: Sequence[str], where: str, at_ms: int
) -> dict[str, Sample]:
    """The sample in force of each: when its quality last came, and its number if that came with it."""
    found: dict[str, Sample] = {}
    for back in LOOKS_BACK:
        missing = [point for point in points if point not in found]
        if not missing:
            break
        times = await _latest(reading, f"tlast_over_time({where}[{back}]) keep_metric_names", at_ms)
        values = await _latest(reading, f"last_over_time({where}[{back}])", at_ms)
        for point in missing:
            name, equipment = reading.name_of(known[point]), known[point].equipment
            number, quality = (name, equipment), (f"{name}.quality", equipment)
            at = times.get(quality)
            if at is None:
                continue
            ms = round(at * 1000)
            there = number in values and round(times[number] * 1000) == ms
            found[point] = joined(point, {ms: values[number]} if there else {}, {ms: values[quality]})[0]
    return found


async def _latest(reading: Reading, query: str, at_ms: int) -> dict[_Key, float]:
    # Without nocache the last 30 s are hidden.
    form = {"query": query, "time": instant(at_ms - 1), "nocache": "1"}
    answer = await reading.ask_json("/api/v1/query", form)
    return {_key(one["metric"]): float(one["value"][1]) for one in answer["data"]["result"]}


async def _inside(reading: Reading, where: str, start_ms: int, end_ms: int) -> dict[_Key, dict[int, float]]:
    # The end is inside there.
    form = {"match[]": where, "start": instant(start_ms), "end": instant(end_ms - 1)}
    found: dict[_Key, dict[int, float]] = {}
    async for metric, samples in series_of(reading, form):
        found.setdefault(_key(metric), {}).update(samples)
    return found


def _key(metric: Mapping[str, str]) -> _Key:
    return metric["__name__"], metric.get("equipment", "")
