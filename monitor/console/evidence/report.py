"""A page for paper: what happened in order, who did what, and the values drawn. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.console.evidence.chart import Frame, draw
from monitor.console.shapes import wording
from monitor.console.texts import catalogue, pick
from monitor.console.times import local
from monitor.domain.alarm import AlarmEvent
from monitor.domain.point import Kind, Point
from monitor.domain.replay.alarms import follow
from monitor.domain.rules import AlarmRule
from monitor.engine.incident import Incident
from monitor.settings.site import Site

MOST_CHARTS = 12
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when (POSIX s), what kind, by whom, in words."""

    at: float
    what: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A point drawn."""

    label: str
    unit: str
    svg: Markup


def report(
    incident: Incident, rule: AlarmRule | None, site: Site, language: str, made_at: float, made_by: str
) -> str:
    """The page as HTML. Every text that came from outside is escaped by the template."""
    equipment = site.equipment.get(incident.equipment)
    words = catalogue(language)
    lines = sorted(_lines(incident, site, language), key=lambda line: line.at)
    first = incident.events[0]
    return _templates.get_template("evidence.html").render(
        words=words,
        language=language,
        site=pick(site.name, language, site.id),
        title=wording.message(rule, equipment, language) if rule else incident.alarm,
        incident=incident,
        priority=words[f"priority.{first.priority.value}"],
        place=equipment.location if equipment else "",
        card=[(words[f"alarms.{key}"], text) for key, text in _card(rule, first, site, language) if text],
        when=lambda at: local(at, site.timezone),
        zone=site.timezone,
        lines=lines,
        charts=list(_charts(incident, rule, site, language)),
        made_at=made_at,
        made_by=made_by,
    )


def _card(rule: AlarmRule | None, first: AlarmEvent, site: Site, language: str) -> list[tuple[str, str]]:
    if rule is None:
        return []
    card = rule.card
    by = card.respond_by(first.priority, first.at, site.grade.clocks)
    return [
        ("first", pick(card.action, language)),
        ("call", pick(card.call, language, card.role or "")),
        ("by", "" if by is None else local(by, site.timezone)),
        ("cause", pick(card.cause, language)),
        ("consequence", pick(card.consequence, language)),
    ]


def _lines(incident: Incident, site: Site, language: str) -> Iterator[Line]:
    words = catalogue(language)

    def name(id_: str | None) -> str:
        known = site.roster.people.get(id_ or "")
        return known.name if known else id_ or ""

    for event in (*incident.events, *incident.neighbours):
        about = "" if event.alarm == incident.alarm else f"{event.alarm} "
        value = f" {event.value}" if event.value is not None and event.annunciates else ""
        what = words[f"cause.{event.cause.value}"]
        yield Line(event.at, what, name(event.actor), f"{about}{event.note}{value}".strip())
    for sent in incident.messages:
        for at, state in ((sent.sent_at, "sent"), (sent.delivered_at, "delivered")):
            if at is not None:
                text = sent.text if state == "sent" else ""
                yield Line(at, words[f"delivery.{state}"], name(sent.recipient), text)
    for reply in incident.replies:
        yield Line(reply.at, words["replay.reply"], name(reply.person) or reply.address, reply.text)
    for scan in incident.scans:
        answers = ", ".join(f"{key}: {value}" for key, value in scan.answers.items())
        text = " · ".join(filter(None, (scan.checkpoint, answers, *scan.remarks)))
        yield Line(scan.at, words["replay.scan"], name(scan.actor), text)
    for order in incident.orders:
        steps = (
            (order.created_at, "open"),
            (order.on_site_at, "on_site"),
            (order.repaired_at, "repaired"),
            (order.verified_at, "verified"),
        )
        for at, state in steps:
            if at is not None:
                who = name(order.created_by) if state == "open" else ""
                yield Line(
                    at, words["evidence.order"], who, f"{order.title}: {words[f'orders.state.{state}']}"
                )
    for entry in incident.log:
        yield Line(entry.at, words["log.title"], name(entry.actor), entry.text)


def _charts(incident: Incident, rule: AlarmRule | None, site: Site, language: str) -> Iterator[Chart]:
    own = wording.point(rule) if rule else None
    frame = Frame(
        incident.start,
        incident.end,
        tuple(_active(incident)),
        tuple(event.at for event in incident.events if event.actor),
        site.timezone,
    )
    drawn = 0
    for point in sorted(incident.points, key=lambda point: _rank(point, own)):
        svg = draw(point, incident.samples.get(point.id, ()), frame)
        if svg and drawn < MOST_CHARTS:
            drawn += 1
            # Made of numbers only (see `chart`).
            yield Chart(pick(point.label, language, point.key), point.unit, Markup(svg))  # noqa: S704


def _rank(point: Point, own: str | None) -> tuple[bool, bool]:
    return point.key != own, point.kind is not Kind.ANALOG


def _active(incident: Incident) -> Iterator[tuple[float, float]]:
    """Spans in which the condition held."""
    past, since = None, None
    event: AlarmEvent
    for event in incident.events:
        past = follow(past, event)
        if past.active and since is None:
            since = event.at
        if not past.active and since is not None:
            yield since, event.at
            since = None
    if since is not None:
        yield since, incident.end
