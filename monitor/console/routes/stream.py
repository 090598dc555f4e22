"""Server-sent events: everything as it is, then changes; a beat tells that the line is alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse

from monitor.console.access import Has, Language, Viewer, visitor
from monitor.console.problems import Problem
from monitor.console.routes.presence import ConsoleId
from monitor.console.services import Services
from monitor.console.shapes.alarms import alarm, event
from monitor.console.shapes.duty import order
from monitor.console.shapes.equipment import point, points
from monitor.console.shapes.messages import inbound, notification
from monitor.console.shapes.presence import position
from monitor.console.times import stamp
from monitor.domain.alarm import AlarmEvent
from monitor.domain.inspection import Window
from monitor.domain.notification import InboundMessage, Notification
from monitor.domain.reading import Reading
from monitor.domain.workorder import WorkOrder
from monitor.engine.live import AlarmView, Update
from monitor.engine.presence import Position

router = APIRouter(prefix="/api/v1", tags=["stream"])

BEAT = 5
"""Seconds. A reader that has heard nothing for three beats must say that what it shows is old."""

AT_ONCE = 500
"""Alarms within the snapshot; to make ready thousands of them in one go would keep everybody else waiting."""

RECHECK = 30.0
"""Seconds between looks at whether the reader may still listen."""

T = TypeVar("T")

TOPICS = (
    "alarm",
    "reading",
    "notification",
    "inbound",
    "window",
    "order",
    "event",
    "link",
    "self",
    "position",
)


@router.get("/stream", response_class=EventSourceResponse, summary="A full snapshot, then changes")
async def stream(
    request: Request,
    actor: Viewer,
    services: Has,
    language: Language,
    topic: Annotated[list[str] | None, Query(description="Only these; everything by default")] = None,
    equipment: Annotated[str | None, Query(description="Readings of this equipment only")] = None,
    console: Annotated[ConsoleId | None, Query(description="The console whose line this is")] = None,
) -> EventSourceResponse:
    """Events: `snapshot` once, `beat` every 5 s, then one event per change named by its topic.

    Each carries `{"id", "item"}`; `item` is null when the thing is gone (an alarm that is normal again). A reader
    that is slow gets the latest of each thing, not every step.
    """
    topics = frozenset(topic or TOPICS)
    if not topics <= set(TOPICS):
        raise Problem(422, "invalid", f"topic is among {', '.join(TOPICS)}.")
    if equipment is not None and equipment not in services.site.equipment:
        raise Problem(404, "unknown_equipment", "There is no equipment of this id.")
    reader = _Reader(services, language, topics, equipment)
    present = services.presence.attend(console, actor.name, actor.role) if console else nullcontext()

    async def allowed() -> bool:
        try:
            return await visitor(request, services) is not None
        except Problem:
            return False

    events = reader.events(request.app.state.stopping, allowed, present)
    return EventSourceResponse(events, ping=BEAT, ping_message_factory=reader.beat, sep="\n")


class _Reader:
    """One browser or program that listens."""

    def __init__(
        self,
        services: Services,
        language: str,
        topics: frozenset[str],
        equipment: str | None,
    ) -> None:
        self._services = services
        self._language = language
        self._topics = topics
        self._equipment = equipment

    async def events(
        self,
        stopping: asyncio.Event,
        allowed: Callable[[], Awaitable[bool]],
        present: AbstractContextManager[None],
    ) -> AsyncIterator[ServerSentEvent]:
        """Until the reader goes away, the daemon stops or the credentials end; its console is `present` as long.

        The source keeps one waiting update per thing while a slow reader is served.
        """
        over = asyncio.Event()
        watching = asyncio.create_task(self._watch(allowed, over))
        subscription = self._services.live.subscribe()
        try:
            with present:
                alarms, others = _most_urgent(subscription.snapshot)
                yield ServerSentEvent(_json(self._snapshot(others)), event="snapshot", retry=2000)
                for update in alarms:  # a flood's others follow one by one, so that nobody waits for them
                    if self._wanted(update):
                        body = {"id": update.id, "item": self._shape(update)}
                        yield ServerSentEvent(_json(body), event=update.topic)
                        await asyncio.sleep(0)
                async for update in until(subscription, stopping, over):
                    if self._wanted(update):
                        body = {"id": update.id, "item": self._shape(update)}
                        yield ServerSentEvent(_json(body), event=update.topic)
        finally:
            watching.cancel()
            subscription.close()

    async def _watch(self, allowed: Callable[[], Awaitable[bool]], over: asyncio.Event) -> None:
        """A stream may stay open for days: whoever signed out or was disabled must not go on listening."""
        while await allowed():
            await self._services.clock.sleep(RECHECK)
        over.set()

    def beat(self) -> ServerSentEvent:
        """Alive, and the server's time for clocks that are off."""
        return ServerSentEvent(_json({"at": stamp(self._services.clock.now().wall)}), event="beat")

    def _snapshot(self, updates: list[Update]) -> dict[str, Any]:
        """Every topic asked for is there, empty where nothing is; alarms are most urgent first."""
        body: dict[str, Any] = {topic: [] for topic in sorted(self._topics)}
        for update in updates:
            if update.topic != "reading" and self._wanted(update):
                body[update.topic].append({"id": update.id, "item": self._shape(update)})
        if "reading" in self._topics:
            for owner in self._services.site.equipment.values():
                if self._equipment in (None, owner.id):
                    shaped = points(owner, self._services, self._language)
                    body["reading"] += [{"id": p.id, "item": p.model_dump()} for p in shaped]
        body["at"] = stamp(self._services.clock.now().wall)
        return body

    def _wanted(self, update: Update) -> bool:
        if update.topic not in self._topics:
            return False
        alien = update.topic == "reading" and self._equipment is not None
        return not alien or update.id.partition(".")[0] == self._equipment

    def _shape(self, update: Update) -> Any:
        services, language = self._services, self._language
        shaped: BaseModel
        match update.item:
            case AlarmView() as view:
                shaped = alarm(view, services, language)
            case Reading() as reading:
                return self._reading(reading)
            case Notification() as message:
                shaped = notification(message, services)
            case InboundMessage() as message:
                shaped = inbound(message, services)
            case AlarmEvent() as row:
                shaped = event(row, services, language)
            case WorkOrder() as row:
                shaped = order(row, services, language)
            case Position() as one:
                shaped = position(one, services)
            case Window() as row:
                return {"id": row.id, "round": row.round, "outcome": row.outcome.value}
            case None | bool() | int() | float() | str() | dict() as plain:
                return plain
            case other:
                return str(other)
        return shaped.model_dump()

    def _reading(self, reading: Reading) -> Any:
        owner, _, key = reading.point.partition(".")
        equipment = self._services.site.equipment.get(owner)
        if equipment is None or key not in equipment.source.plan.index:
            return None
        configured = equipment.source.plan.points[equipment.source.plan.index[key]]
        return point(configured, reading, self._services, self._language).model_dump()


def _most_urgent(snapshot: list[Update]) -> tuple[list[Update], list[Update]]:
    """The alarms beyond the most urgent ones, which come first in a snapshot, and everything else."""
    alarms = [update for update in snapshot if update.topic == "alarm"]
    late = {update.id for update in alarms[AT_ONCE:]}
    first = [update for update in snapshot if update.topic != "alarm" or update.id not in late]
    return alarms[AT_ONCE:], first


async def until(source: AsyncIterable[T], *stops: asyncio.Event) -> AsyncIterator[T]:
    """Items of `source` until one of `stops`: a stream without news must not hold up the daemon's end."""
    items = aiter(source)
    stopped = [asyncio.create_task(stop.wait()) for stop in stops]
    coming: asyncio.Task[T] | None = None
    try:
        while True:
            coming = asyncio.create_task(_next(items))
            await asyncio.wait((coming, *stopped), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            try:
                item = coming.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        for task in (*stopped, coming):
            if task is not None:
                task.cancel()


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
