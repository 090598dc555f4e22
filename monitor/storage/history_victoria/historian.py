"""VictoriaMetrics as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from monitor.domain.history import Bucket, Sample
from monitor.ports import Finding, Permanent, Transient, Written
from monitor.settings.site import HistorianSettings
from monitor.storage.history_influx.address import PointAddress
from monitor.storage.history_influx.answers import judge
from monitor.storage.history_influx.batches import Bounds, store
from monitor.storage.history_influx.lines import Lines, unstorable
from monitor.storage.history_victoria.reading import Reading
from monitor.storage.history_victoria.server import KIND, Facts, connect, identify
from monitor.storage.history_victoria.together import read, together
from monitor.storage.runs import HOLD_MS, Gathering, Holds, edges
from monitor.storage.several import each

log = structlog.get_logger("history")

LARGEST = 1e18
"""A number beyond this would take the digits of its neighbours: a block of values shares one exponent there."""
AHEAD = 2 * 86_400.0
"""Seconds that a value may be ahead of the server's clock; what is further it drops without a word."""
_NOTHING = b"# Watchroom looks whether it may write\n"
"""A comment of line protocol."""
AT_THE_EDGE = 3600.0
"""Seconds: what is this near the end of the server's retention may be dropped while it is on its way."""


class VictoriaHistorian:
    """Implements ports.Historian. Nothing is asked of the server before the first write or read.

    Numbers and truth values come back as floats; of a text value only its quality is kept, since the server would
    store every text as 0. What was written is found about a second later.
    """

    def __init__(
        self,
        settings: HistorianSettings,
        catalogue: Mapping[str, PointAddress],
        holds: Holds | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`catalogue`: point id -> address; `holds` as in `runs`; `now` in POSIX seconds. Raises Permanent for another URL."""
        self._doors = connect(settings)
        self._retention = settings.retention
        self._lines = Lines(catalogue, texts=False)
        self._catalogue = catalogue
        self._reading = Reading(self._doors, catalogue)
        self._holds = holds or {}
        self._now = now
        self._facts: Facts | None = None
        self._told: Facts | None = None
        self._closed = False

    async def write(self, samples: Sequence[Sample]) -> Written:
        """Store a batch. What the server would drop without a word is rejected with the reason.

        Raises Permanent while the server runs without the flags that history needs.
        """
        facts = await self._ready()
        if facts.refusal is not None:
            self._facts = None  # asked again next time: it may have been started anew
            raise Permanent(facts.refusal)
        oldest, newest = self._now() - facts.keeps + AT_THE_EDGE, self._now() + AHEAD

        def refuse(sample: Sample) -> str | None:
            if not oldest <= sample.at_ms / 1000 <= newest:
                when = "older than it keeps" if sample.at_ms / 1000 < oldest else "more than 2 days ahead"
                return f"{KIND} drops what is {when}"
            return _too_large(sample) or unstorable(sample)

        return await store(
            samples, self._lines, self._send, refuse, Bounds(LARGEST, oldest * 1000, newest * 1000)
        )

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), at most `limit`, preceded by the last one before `start` if there is one."""
        await self._ready()
        before = await self._reading.before(point, start_ms)
        samples = await self._reading.samples(point, start_ms, end_ms, limit)
        return [before, *samples] if before else samples

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        """As `raw` of each: all at once where they are many, the others some at a time."""
        await self._ready()
        some = together(points, self._catalogue, start_ms, end_ms)
        found: dict[str, Sequence[Sample]] = {}
        if some:
            found |= await read(self._reading, self._catalogue, some, start_ms, end_ms, limit)
        rest = [point for point in points if point not in found]
        return found | await each(rest, lambda point: self.raw(point, start_ms, end_ms, limit))

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end), by the same arithmetic as the embedded historian."""
        gathering = Gathering(edges(start_ms, end_ms, count), self._holds.get(point, HOLD_MS))
        await self._ready()
        before = await self._reading.before(point, start_ms)
        if before:
            gathering.add([before])
        async for page in self._reading.pages(point, start_ms, end_ms):
            gathering.add(page)
        return gathering.buckets()

    async def points(self) -> Sequence[str]:
        """Ids of the points whose quality the server knows."""
        await self._ready()
        return await self._reading.points()

    async def inspect(self) -> Sequence[Finding]:
        """Who it is, whether its flags keep history as it is written, and whether it lets us in."""
        facts = await self._ready()
        where = f"{KIND}{' cluster' if self._doors.cluster else ''} at {self._doors.insert.base}"
        findings = [Finding(True, f"{where} answers")]
        if facts.refusal is not None:
            self._facts = None
            findings.append(Finding(False, facts.refusal))
        if facts.keeps < self._retention:
            days, wanted = facts.keeps / 86_400, self._retention / 86_400
            text = f"{where} keeps {days:g} days, the configuration asks for {wanted:g}: start it with a longer -retentionPeriod"
            findings.append(Finding(False, text))
        try:
            await self._send(_NOTHING)
            findings.append(Finding(True, "it may be written and read"))
        except Permanent as error:
            findings.append(Finding(False, f"it cannot be written: {error}"))
        return findings

    async def close(self) -> None:
        """Let go of the connections; idempotent."""
        if not self._closed:
            self._closed = True
            await self._doors.close()

    async def _ready(self) -> Facts:
        """Know the server before anything is given to it."""
        if self._closed:
            raise Permanent("the historian is closed")
        if self._facts is None:
            self._facts = await identify(self._doors)
            self._reading.separator = self._facts.separator
            self._tell(self._facts)
        return self._facts

    def _tell(self, facts: Facts) -> None:
        if facts == self._told:
            return
        self._told = facts
        log.info("historian.found", server=self._doors.insert.base, version=KIND)
        if facts.keeps < self._retention:
            log.warning(
                "historian.keeps_less",
                server=self._doors.insert.base,
                keeps_days=round(facts.keeps / 86_400, 1),
                configured_days=round(self._retention / 86_400, 1),
                remedy="start it with a longer -retentionPeriod, or ask for less retention in site.yaml",
            )

    async def _send(self, lines: bytes) -> None:
        try:
            answer = await self._doors.write(lines)
            judge(answer.status_code, answer.text, answer.headers, KIND)
        except Transient:
            self._facts = None  # it may come back with other flags, or as another server
            raise


def _too_large(sample: Sample) -> str | None:
    value = sample.value
    if isinstance(value, int | float) and abs(value) > LARGEST:
        return f"{KIND} cannot keep {value!r} beside ordinary numbers"
    return None
