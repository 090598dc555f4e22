"""Exports that are made while people wait: a file for each, how far it is, and what stopped it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import structlog

from monitor.domain.aligned import Aligned
from monitor.domain.history import Bucket, Sample
from monitor.domain.point import Value
from monitor.engine.retrospect import Column, Span, table
from monitor.ports import Clock, Exporter, Format, Historian, Permanent, Transient

log = structlog.get_logger("export")

AT_ONCE = 2
"""Exports under way: they share the historian with the trends of everybody."""
KEPT = 20
"""Files; the oldest goes when there is another."""
KEEP = 3600.0
"""Seconds for which a finished file waits to be fetched."""
LARGEST = 2 * 1024**3
"""Bytes of one file: more fills the disk on which the alarms are kept."""
PATIENCE = 600.0
"""Seconds for which a historian that does not answer is asked again."""
_PAUSE = 5.0
T = TypeVar("T")


class State(StrEnum):
    """Where an export stands."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of the columns' points in the span: every sample, or `buckets` of one row each with the figure `which`."""

    columns: tuple[Column, ...]
    titles: tuple[str, ...]
    span: Span
    format: Format
    bom: bool = False
    buckets: int | None = None
    which: str = "mean"


@dataclass(slots=True, eq=False)
class Export:
    """One export. `share` (0 to 1) is how much of the points' time is written, `reason` what it waits for or why it ended."""

    id: str
    name: str
    order: Order
    path: Path
    asked: float
    who: str
    state: State = State.RUNNING
    rows: int = 0
    share: float = 0.0
    bytes: int = 0
    reason: str = ""
    ended: float | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class TooMany(Exception):
    """As many exports as may be are under way."""


class TooLarge(Exception):
    """The file would fill the disk."""


class Exports:
    """Makes files in `directory`, which belongs to it alone: what a former life left there is removed."""

    def __init__(
        self,
        exporter: Exporter,
        historian: Historian,
        directory: Path,
        clock: Clock,
        offload: Callable[..., Awaitable[None]] = asyncio.to_thread,
    ) -> None:
        self._exporter = exporter
        self._historian = historian
        self._directory = directory
        self._clock = clock
        self._offload = offload
        self._all: dict[str, Export] = {}
        self._clean = False

    def missing(self, format: Format) -> str | None:
        """What is to be done before files of this kind can be made; None when they can."""
        return self._exporter.missing(format)

    async def begin(self, order: Order, name: str, who: str) -> Export:
        """Start one. Raises TooMany, Permanent where a part is not installed, OSError."""
        missing = self.missing(order.format)
        if missing is not None:
            raise Permanent(missing)
        self._forget_old()
        if sum(one.ended is None for one in self._all.values()) >= AT_ONCE:
            raise TooMany
        if not self._clean:
            self._clean = True
            await self._offload(_empty, self._directory)
        id_ = secrets.token_hex(8)
        export = Export(id_, name, order, self._directory / id_, self._clock.now().wall, who)
        self._all[id_] = export
        export.task = asyncio.create_task(self._make(export))
        return export

    def of(self, who: str) -> list[Export]:
        """Whatever somebody asked for, the newest first."""
        self._forget_old()
        return sorted((one for one in self._all.values() if one.who == who), key=lambda one: -one.asked)

    def find(self, id_: str, who: str) -> Export:
        """Raises KeyError for one that is not there, or somebody else's."""
        export = self._all[id_]
        if export.who != who:
            raise KeyError(id_)
        return export

    def drop(self, export: Export) -> None:
        """Stop it if it is under way, and forget its file."""
        if export.task is not None and not export.task.done():
            export.task.cancel()
            export.state, export.ended = State.CANCELLED, self._clock.now().wall
        self._all.pop(export.id, None)
        export.path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Stop all."""
        tasks = [one.task for one in self._all.values() if one.task is not None]
        for export in list(self._all.values()):
            self.drop(export)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, export: Export) -> None:
        try:
            await self._write(export)
            export.state, export.share = State.DONE, 1.0
            export.bytes = export.path.stat().st_size
        except (Transient, Permanent, TooLarge, OSError) as error:
            self._failed(export, str(error))
        except Exception as error:  # a fault of ours is this file's, not the daemon's
            log.exception("export.fault", export=export.name)
            self._failed(export, repr(error))
        finally:
            export.ended = self._clock.now().wall
            if export.state is not State.DONE:
                export.path.unlink(missing_ok=True)

    async def _write(self, export: Export) -> None:
        order = export.order
        historian = _Patient(self._historian, self._clock, export)
        if order.buckets is not None:
            found = await table(
                historian, order.columns, order.span, order.buckets, tell=_aligned_share(export)
            )
            await self._exporter.aligned(order.format, aligned(order, found), export.path, bom=order.bom)
            export.rows = order.buckets
            return
        points = list(dict.fromkeys(column.point for column in order.columns))

        def tell(point: str, rows: int, at_ms: int) -> None:
            start, end = order.span
            export.rows = rows
            export.share = (points.index(point) + (at_ms - start) / (end - start)) / len(points)
            export.bytes = export.path.stat().st_size if export.path.exists() else 0
            if export.bytes > LARGEST:
                raise TooLarge(
                    f"more than {LARGEST // 1024**2} MiB: ask for less time or fewer points at once"
                )

        await self._exporter.samples(
            historian, order.format, points, order.span, export.path, bom=order.bom, tell=tell
        )

    def _failed(self, export: Export, reason: str) -> None:
        log.warning("export.failed", export=export.name, reason=reason)
        export.state, export.reason = State.FAILED, reason

    def _forget_old(self) -> None:
        now = self._clock.now().wall
        over = sorted((one for one in self._all.values() if one.ended is not None), key=lambda one: one.asked)
        for export in over:
            if len(self._all) >= KEPT or now - (export.ended or now) > KEEP:
                self.drop(export)


def aligned(order: Order, found: Sequence[Sequence[Bucket]]) -> Aligned:
    """The figure that is wanted of each bucket, a column for each of the order's columns."""
    columns = [[figure(bucket, order.which) for bucket in column] for column in found]
    return Aligned(order.titles, found[0], columns)


def figure(bucket: Bucket, which: str) -> Value | None:
    """`mean`, `min`, `max` or `last` of a bucket."""
    return {"mean": bucket.mean, "min": bucket.minimum, "max": bucket.maximum, "last": bucket.last}[which]


def _aligned_share(export: Export) -> Callable[[int], None]:
    def tell(done: int) -> None:
        export.share = done / len(export.order.columns)

    return tell


class _Patient:
    """A historian that is asked again while it does not answer: what is written already need not be written anew."""

    def __init__(self, historian: Historian, clock: Clock, export: Export) -> None:
        self._historian = historian
        self._clock = clock
        self._export = export

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        return await self._ask(lambda: self._historian.raw(point, start_ms, end_ms, limit))

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        return await self._ask(lambda: self._historian.buckets(point, start_ms, end_ms, count))

    async def _ask(self, question: Callable[[], Awaitable[T]]) -> T:
        began = self._clock.now().steady
        while True:
            try:
                answer = await question()
            except Transient as error:
                if self._clock.now().steady - began > PATIENCE:
                    raise
                self._export.state, self._export.reason = State.WAITING, str(error)
                await self._clock.sleep(_PAUSE)
            else:
                self._export.state, self._export.reason = State.RUNNING, ""
                return answer


def _empty(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.iterdir():
        path.unlink(missing_ok=True)
