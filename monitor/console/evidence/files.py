"""The files of a pack: JSON for programs, CSV for spreadsheets, a page for people."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib import metadata
from typing import Any

from monitor.console.csv import cell
from monitor.console.evidence import pack
from monitor.console.evidence.report import report
from monitor.console.texts import pick
from monitor.console.times import local, stamp
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmRule
from monitor.engine.incident import Incident, Place
from monitor.settings.site import Site


@dataclass(frozen=True, slots=True)
class Making:
    """Who makes a pack, when (POSIX s), in which language."""

    by: str
    at: float
    language: str


def name_of(alarm: str, occurrence: int) -> str:
    """A file's name that every system takes."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", alarm)
    return f"evidence_{plain}_{occurrence}.zip"


def places(site: Site) -> dict[str, Place]:
    """What is configured at each equipment."""
    return {
        item.id: Place(
            item.source.plan.points,
            frozenset(c.id for c in site.checkpoints.values() if item.id in c.equipment),
        )
        for item in site.equipment.values()
    }


def make(incident: Incident, rule: AlarmRule | None, site: Site, making: Making) -> tuple[bytes, str]:
    """The whole pack as a ZIP, and its fingerprint."""
    work = {"scans": incident.scans, "orders": incident.orders, "log": incident.log}
    files = {
        "events.json": _json({"own": incident.events, "of_the_equipment": incident.neighbours}),
        "messages.json": _json({"sent": incident.messages, "received": incident.replies}),
        "work.json": _json(work),
        "audit.json": _plain(incident.audit),
        "readings.csv": readings(incident, site, making.language),
        "report.html": report(incident, rule, site, making.language, making.at, making.by).encode(),
    }
    about = {
        "program": f"watchroom {metadata.version('watchroom')}",
        "site": site.id,
        "alarm": incident.alarm,
        "occurrence": incident.occurrence,
        "from": stamp(incident.start),
        "to": stamp(incident.end),
        "made_at": stamp(making.at),
        "made_by": making.by,
        "audit_head": {"number": incident.head.number, "hash": incident.head.hash},
        "cut": list(incident.cut),
    }
    return pack.bind(files, about, making.at)


def readings(incident: Incident, site: Site, language: str) -> bytes:
    """Every sample of the equipment in the span, point by point."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    zone = site.timezone
    writer.writerow((f"time ({zone})", "time (UTC)", "point", "label", "value", "unit", "quality", "reason"))
    for row in _rows(incident, zone, language):
        writer.writerow([cell(value) for value in row])
    return out.getvalue().encode()


def _rows(incident: Incident, zone: str, language: str) -> Iterator[tuple[Value | None, ...]]:
    for point in incident.points:
        label = pick(point.label, language, point.key)
        for sample in incident.samples.get(point.id, ()):
            at = sample.at_ms / 1000
            grade, reason = _quality(sample.quality)
            yield local(at, zone), stamp(at), point.id, label, sample.value, point.unit, grade, reason


def _quality(code: int) -> tuple[str, str]:
    try:
        quality = Quality.from_code(code)
    except ValueError:  # stored by a newer program
        return "bad", f"code {code}"
    return quality.grade.value, quality.reason


def _json(value: object) -> bytes:
    """For programs: fields as they are named in the record, wall times in RFC 3339, steady ones in seconds."""
    return (json.dumps(_told(value), ensure_ascii=False, indent=1) + "\n").encode()


def _plain(rows: object) -> bytes:
    """Exactly what was hashed: times stay numbers."""
    return (json.dumps(_raw(rows), ensure_ascii=False, indent=1) + "\n").encode()


def _told(value: Any, name: str = "") -> Any:
    if isinstance(value, Quality):
        return {"grade": value.grade.value, "reason": value.reason}
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: _told(getattr(value, field.name), field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_told(one) for one in value]
    wall = name.endswith("_at") or name in ("at", "source_time")
    return stamp(value) if wall and isinstance(value, float) else value


def _raw(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return [_raw(one) for one in value]
