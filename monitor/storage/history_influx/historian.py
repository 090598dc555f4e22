"""InfluxDB as the engine sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import structlog

from monitor.domain.history import Bucket, Sample
from monitor.ports import Finding, Permanent, Written
from monitor.settings.site import HistorianSettings
from monitor.storage.history_influx.address import PointAddress
from monitor.storage.history_influx.batches import Bounds, store
from monitor.storage.history_influx.inspection import inspect
from monitor.storage.history_influx.lines import Lines, unstorable
from monitor.storage.history_influx.reading import Reading
from monitor.storage.history_influx.server import (
    Credentials,
    Web,
    Writer,
    WriteV1,
    WriteV2,
    identify,
    parse,
)
from monitor.storage.runs import HOLD_MS, Gathering, Holds, edges
from monitor.storage.several import each

log = structlog.get_logger("history")


class InfluxHistorian:
    """Implements ports.Historian. Nothing is asked of the server before the first write or read.

    Truth values and whole numbers come back as floats (1.0, 42.0): a numeric field holds floats only.
    """

    def __init__(
        self,
        url: str,
        catalogue: Mapping[str, PointAddress],
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        holds: Holds | None = None,
        retention: float = 90 * 86_400.0,
    ) -> None:
        """`catalogue`: point id -> address; `holds` as in `runs`; `retention` (s) is only compared.

        Raises Permanent for a URL that is none of InfluxDB.
        """
        self._place = parse(url)
        self._credentials = Credentials(token, username, password)
        self._web = Web(self._place, self._credentials)
        self._lines = Lines(catalogue)
        self._reading = Reading(self._web, catalogue)
        self._holds = holds or {}
        self._retention = retention
        self._writer: Writer | None = None
        self._closed = False
        self.version: str | None = None
        """What the server said it is; None before it was asked."""

    @classmethod
    def open(
        cls, settings: HistorianSettings, catalogue: Mapping[str, PointAddress], holds: Holds | None = None
    ) -> Self:
        """From checked settings."""
        return cls(
            settings.url,
            catalogue,
            token=settings.token.value if settings.token else None,
            username=settings.username,
            password=settings.password.value if settings.password else None,
            holds=holds,
            retention=settings.retention,
        )

    async def write(self, samples: Sequence[Sample]) -> Written:
        """Store a batch: halved while it is too large, and down to the guilty samples where lines are refused."""
        writer = await self._ready()
        return await store(samples, self._lines, writer.write, unstorable, Bounds())

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        """Samples in [start, end), at most `limit`, preceded by the last one before `start` if there is one."""
        await self._ready()
        before = await self._reading.before(point, start_ms)
        samples = await self._reading.samples(point, start_ms, end_ms, limit)
        return [before, *samples] if before else samples

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        """As `raw` of each, some at a time."""
        if self._place.generation != 3:
            await self._ready()
            return await self._reading.several(points, start_ms, end_ms, limit)
        return await each(points, lambda point: self.raw(point, start_ms, end_ms, limit))

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        """`count` equal buckets over [start, end), by the same arithmetic as the embedded historian."""
        at = edges(start_ms, end_ms, count)
        await self._ready()
        before = await self._reading.before(point, start_ms)
        gathering = Gathering(at, self._holds.get(point, HOLD_MS))
        if before:
            gathering.add([before])
        async for page in self._reading.pages(point, start_ms, end_ms):
            gathering.add(page)
        return gathering.buckets()

    async def points(self) -> Sequence[str]:
        """Ids of the points that the database knows of."""
        await self._ready()
        return await self._reading.points()

    async def inspect(self) -> Sequence[Finding]:
        """Version, permissions to write and read, the bucket and how long it keeps."""
        writer = await self._ready()
        return await inspect(self._web, writer, self.version or "", self._retention)

    async def close(self) -> None:
        """Let go of the connections; idempotent."""
        if self._closed:
            return
        self._closed = True
        await self._web.close()
        if self._writer is not None:
            await self._writer.close()

    async def _ready(self) -> Writer:
        """Know the server before anything is given to it."""
        if self._closed:
            raise Permanent("the historian is closed")
        if self.version is None:
            self.version = await identify(self._web)
            log.info("historian.found", server=self._web.base, version=self.version or "unknown")
        if self._writer is None:
            v1 = self._place.generation == 1
            self._writer = WriteV1(self._web) if v1 else WriteV2(self._place, self._credentials)
        return self._writer
