"""One equipment over time, as bars and marks with words for people."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.shapes import wording
from monitor.console.shapes.messages import person
from monitor.console.times import stamp
from monitor.domain.replay.bars import Bar
from monitor.domain.workorder import WorkOrder
from monitor.engine.alarming import UnknownAlarm
from monitor.engine.lanes import Lanes


class BarOut(BaseModel):
    """An alarm that stood in one state for a while."""

    alarm: str
    title: str
    occurrence: int
    priority: str
    state: str
    active: bool
    start: str
    end: str


class MarkOut(BaseModel):
    """Something that a person did or was told. `word` of `group` says what in the console's catalogue."""

    lane: str
    """actions, messages, scans, orders, log."""
    at: str
    group: str
    word: str
    who: str
    text: str


class LanesOut(BaseModel):
    """One equipment over a span; `cut` when there was more than can be shown."""

    start: str
    end: str
    bars: list[BarOut]
    marks: list[MarkOut]
    cut: bool


def lanes_out(found: Lanes, span: tuple[float, float], services: Services, language: str) -> LanesOut:
    """Everything of one equipment in a span (POSIX s)."""
    start, end = span
    marks = sorted(_marks(found, services), key=lambda mark: mark.at)
    return LanesOut(
        start=stamp(start),
        end=stamp(end),
        bars=[_bar(bar, services, language) for bar in found.bars],
        marks=[mark for mark in marks if stamp(start) <= mark.at <= stamp(end)],
        cut=found.cut,
    )


def _bar(bar: Bar, services: Services, language: str) -> BarOut:
    return BarOut(
        alarm=bar.alarm,
        title=_title(bar.alarm, services, language),
        occurrence=bar.occurrence,
        priority=bar.priority.value,
        state=bar.state.value,
        active=bar.active,
        start=stamp(bar.start),
        end=stamp(bar.end),
    )


def _title(alarm: str, services: Services, language: str) -> str:
    """The id where its rule is configured no longer."""
    try:
        rule = services.alarming.rule(alarm)
    except UnknownAlarm:
        return alarm
    return wording.title(rule, services.site.equipment.get(rule.equipment), language)


def _marks(found: Lanes, services: Services) -> Iterator[MarkOut]:
    def who(id_: str | None) -> str:
        return person(id_, services) or ""

    for event in found.actions:
        yield _mark("actions", event.at, "cause", event.cause.value, who(event.actor), event.note)
    for message in found.messages:
        if message.sent_at is not None:
            name = who(message.recipient)
            yield _mark("messages", message.sent_at, "delivery", message.state.value, name, message.text)
    for scan in found.scans:
        text = ", ".join((scan.checkpoint, *scan.remarks))
        yield _mark("scans", scan.at, "", "", who(scan.actor), text)
    for order in found.orders:
        yield from _order(order, who(order.created_by))
    for entry in found.log:
        yield _mark("log", entry.at, "", "", who(entry.actor), entry.text)


def _order(order: WorkOrder, by: str) -> Iterator[MarkOut]:
    steps = (
        (order.created_at, "open"),
        (order.on_site_at, "on_site"),
        (order.repaired_at, "repaired"),
        (order.verified_at, "verified"),
    )
    for at, state in steps:
        if at is not None:
            who = by if state == "open" else ""
            yield _mark("orders", at, "order", state, who, order.title)


def _mark(lane: str, at: float, group: str, word: str, who: str, text: str) -> MarkOut:
    return MarkOut(lane=lane, at=stamp(at), group=group, word=word, who=who, text=text)
