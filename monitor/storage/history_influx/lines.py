"""Samples as line protocol. What stays the same of each point is escaped once: a line is then three strings and a number.

Numbers are always floats, whatever they were: a field that was once written as an integer refuses fractions for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain

from pydantic_core import to_json

from monitor.domain.history import Sample
from monitor.domain.reading import Quality
from monitor.domain.rows import Rows
from monitor.storage.history_influx.address import PointAddress, address_of

_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ ", "\n": " ", "\r": " "})
_KEY = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\=", "\n": " ", "\r": " "})
_GOOD = Quality.GOOD.code
_STRING = str.maketrans({'"': r"\"", "\\": r"\\"})


def unstorable(sample: Sample) -> str | None:
    """Why a sample can never be written; None when it can."""
    value = sample.value
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a finite number"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "text that is not valid Unicode"
    return None


_Pair = tuple[str, str]
_Known = tuple[tuple[str, ...], str, list[_Pair | None]]


class Lines:
    """Writes batches for one catalogue of points."""

    def __init__(self, catalogue: Mapping[str, PointAddress], *, texts: bool = True) -> None:
        """`texts` False leaves text values out, their quality stays: for a server that would take them for 0."""
        self._catalogue = catalogue
        self._texts = texts
        self._points: dict[str, tuple[str, str, str, str, str]] = {}
        self._series: dict[tuple[str, ...], str] = {}
        self._fields: dict[str, tuple[str, str, str, str]] = {}
        self._pairs: dict[str, _Pair] = {}
        self._rows: dict[int, _Known] = {}
        """By the identity of the ids, which is kept alive: series, and by place what stands around a good number, once needed."""

    def write(self, samples: Sequence[Sample]) -> tuple[bytes, int]:
        """Line protocol in milliseconds, and how many lines. Samples of one scan that stand together share a line."""
        if isinstance(samples, Rows):
            return self._write_rows(samples)
        lines: list[str] = []
        fields: list[str] = []
        now, series = -1, ""
        points = self._points
        for (point, at_ms, value, code), figure in zip(samples, _figures(samples), strict=True):
            whose, number, good, quality, text = points.get(point) or self._learn(point)
            if at_ms != now or whose != series:
                if fields:
                    lines.append(f"{series} {','.join(fields)} {now}")
                    fields.clear()
                now, series = at_ms, whose
            if code == _GOOD and type(value) is float:
                fields.append(f"{number}{figure}{good}")
            elif value is None or (not self._texts and isinstance(value, str)):
                fields.append(f"{quality}{code}")
            elif isinstance(value, str):
                fields.append(f'{text}"{value.translate(_STRING)}",{quality}{code}')
            else:
                fields.append(f"{number}{figure},{quality}{code}")
        if fields:
            lines.append(f"{series} {','.join(fields)} {now}")
        return "\n".join(lines).encode(), len(lines)

    def _write_rows(self, rows: Rows) -> tuple[bytes, int]:
        """A line for each row: it is one scan."""
        values = list(chain.from_iterable([row.values for row in rows.rows]))
        if set(map(type, values)) != {float}:
            return self.write(list(rows))
        figures = iter(to_json(values).decode()[1:-1].split(","))
        lines: list[str] = []
        for row in rows.rows:
            _, series, known = self._rows.get(id(row.ids)) or self._learn_row(row.ids)
            pairs = [known[place] for place in row.places]  # first in zip: it takes no figure too many
            if None in pairs:
                pairs = [self._around(row.ids, known, place) for place in row.places]
            fields = [f"{pair[0]}{figure}{pair[1]}" for pair, figure in zip(pairs, figures, strict=False)]  # type: ignore[index]  # none is None
            lines.append(f"{series} {','.join(fields)} {row.at_ms}")
        return "\n".join(lines).encode(), len(lines)

    def _learn_row(self, ids: tuple[str, ...]) -> _Known:
        series = (self._points.get(ids[0]) or self._learn(ids[0]))[0]
        nothing_yet: list[_Pair | None] = [None] * len(ids)
        self._rows[id(ids)] = known = (ids, series, nothing_yet)
        return known

    def _around(self, ids: tuple[str, ...], known: list[_Pair | None], place: int) -> _Pair:
        """What stands before and behind a good number: the very same for all equipment of a type, since each line needs it."""
        pair = known[place]
        if pair is None:
            _, number, good, _, _ = self._points.get(ids[place]) or self._learn(ids[place])
            known[place] = pair = self._pairs.setdefault(number, (number, good))
        return pair

    def _learn(self, point: str) -> tuple[str, str, str, str, str]:
        """Points of one equipment share their series, equipment of one type the names of its fields."""
        address = address_of(point, self._catalogue)
        whose = (address.type, address.equipment, address.site, address.system)
        series = self._series.get(whose) or self._series.setdefault(whose, _series(address))
        fields = self._fields.get(address.key) or self._fields.setdefault(address.key, _fields(address))
        self._points[point] = known = (series, *fields)
        return known


def _series(address: PointAddress) -> str:
    tags = (("equipment", address.equipment), ("site", address.site), ("system", address.system))
    return address.type.translate(_MEASUREMENT) + "".join(
        # An empty tag is a syntax error, and a backslash at the end would escape what follows.
        f",{name}={value.rstrip(chr(92)).translate(_KEY)}"
        for name, value in tags
        if value
    )


def _fields(address: PointAddress) -> tuple[str, str, str, str]:
    """Of number, of good quality behind a number, of quality, of text."""
    number, quality, text = (
        f"{name.translate(_KEY)}=" for name in (address.key, address.quality, address.text)
    )
    return number, f",{quality}{_GOOD}", quality, text


def _figures(samples: Sequence[Sample]) -> list[str]:
    """The numbers as they are written, each with as many digits as tell it from its neighbours; of what is no number, anything.

    A list of floats costs the JSON writer of pydantic a third of what `repr` of each costs us.
    """
    numbers = [value if type(value) is float else _number(value) for _, _, value, _ in samples]
    return to_json(numbers).decode()[1:-1].split(",")


def _number(value: object) -> float:
    """A whole number stays one: as text it keeps all its digits, and the server takes it for a float without an `i` behind."""
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else 0.0
