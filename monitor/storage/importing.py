"""Old history out of CSV files: each row is understood or named with its line, before anything is written."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.domain.history import Sample
from monitor.domain.point import Kind, Value
from monitor.domain.reading import Quality

_CODES = {quality.reason: quality.code for quality in Quality}
_TRUE, _FALSE = frozenset({"1", "true", "on", "yes"}), frozenset({"0", "false", "off", "no"})


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which columns mean what. Long files have a `point` and a `value` column; wide ones a column for each point.

    `columns` is column -> point for wide files, `renamed` old name -> point for long ones. `time_format` as strptime(3)
    takes it, None for ISO 8601; a time without offset is local to `timezone`.
    """

    timezone: str
    kinds: Mapping[str, Kind]
    time: str = "time"
    point: str = "point"
    value: str = "value"
    quality: str = "reason"
    columns: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None


def rows_of(path: Path, mapped: Mapped) -> Iterator[Sample | str]:
    """Each sample of a file, or what is wrong as `file:line: ...`. Raises OSError."""
    zone = ZoneInfo(mapped.timezone)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = _missing(reader.fieldnames or (), mapped)
        if missing:
            yield f"{path}:1: no column {', '.join(missing)}; there are: {', '.join(reader.fieldnames or ())}"
            return
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                yield f"{path}:{reader.line_num}: {error}"
                return
            try:
                yield from _samples(row, mapped, zone)
            except ValueError as error:
                yield f"{path}:{reader.line_num}: {error}"


def _missing(names: object, mapped: Mapped) -> list[str]:
    wanted = [mapped.time, *(mapped.columns or (mapped.point, mapped.value))]
    have = set(names)  # type: ignore[call-overload]
    return [name for name in wanted if name not in have]


def _samples(row: Mapping[str, str | None], mapped: Mapped, zone: ZoneInfo) -> Iterator[Sample]:
    at_ms = _time(row[mapped.time] or "", mapped.time_format, zone)
    if mapped.columns:
        for column, point in mapped.columns.items():
            text = (row[column] or "").strip()
            if text:  # an empty cell of a wide file says nothing
                yield Sample(point, at_ms, _value(text, point, mapped), 0)
        return
    name = row[mapped.point] or ""
    point = mapped.renamed.get(name, name)
    if point not in mapped.kinds:
        raise ValueError(
            f"no point {point!r} in the configuration; give its new name with --rename {name}=..."
        )
    text = row[mapped.value] or ""
    code = _quality(row.get(mapped.quality) or "", text)
    yield Sample(point, at_ms, None if Quality.from_code(code).bad else _value(text, point, mapped), code)


def _time(text: str, form: str | None, zone: ZoneInfo) -> int:
    try:
        moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        raise ValueError(f"{text!r} is not a time{f' of the form {form}' if form else ''}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return round(aware.timestamp() * 1000)


def _quality(reason: str, text: str) -> int:
    if not reason:
        return Quality.GOOD.code if text else Quality.NO_DATA.code
    if reason not in _CODES:
        raise ValueError(f"unknown quality {reason!r}; there are: {', '.join(filter(None, _CODES))}")
    return _CODES[reason]


def _value(text: str, point: str, mapped: Mapped) -> Value:
    kind = mapped.kinds[point]
    if kind is Kind.TEXT:
        return text.removeprefix("'")  # our own export puts it before what looks like a formula
    if kind is Kind.DISCRETE and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number, as {point} wants") from None
