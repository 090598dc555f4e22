"""Samples as line protocol. What stays the same of each point is escaped once: a line is then three strings and a number.

Numbers are always floats, whatever they were: a field that was once written as an integer refuses fractions for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from monitor.domain.history import Sample
from monitor.storage.history_influx.address import PointAddress, address_of

_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ ", "\n": " ", "\r": " "})
_KEY = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\=", "\n": " ", "\r": " "})
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


class Lines:
    """Writes batches for one catalogue of points."""

    def __init__(self, catalogue: Mapping[str, PointAddress], *, texts: bool = True) -> None:
        """`texts` False leaves text values out, their quality stays: for a server that would take them for 0."""
        self._catalogue = catalogue
        self._texts = texts
        self._points: dict[str, tuple[str, str, str, str]] = {}
        self._series: dict[tuple[str, ...], str] = {}
        self._fields: dict[str, tuple[str, str, str]] = {}

    def write(self, samples: Sequence[Sample]) -> tuple[bytes, int]:
        """Line protocol in milliseconds, and how many lines. Samples of one scan that stand together share a line."""
        lines: list[str] = []
        fields: list[str] = []
        before: tuple[str, int] | None = None
        points = self._points
        for point, at_ms, value, code in samples:
            series, number, quality, text = points.get(point) or self._learn(point)
            if before is None or before[1] != at_ms or before[0] != series:
                if before is not None:
                    lines.append(f"{before[0]} {','.join(fields)} {before[1]}")
                    fields.clear()
                before = (series, at_ms)
            if type(value) is float:
                fields.append(f"{number}{value!r},{quality}{code}")
            elif value is None or (not self._texts and isinstance(value, str)):
                fields.append(f"{quality}{code}")
            elif isinstance(value, str):
                fields.append(f'{text}"{value.translate(_STRING)}",{quality}{code}')
            else:
                fields.append(f"{number}{_figure(value)},{quality}{code}")
        if before is not None:
            lines.append(f"{before[0]} {','.join(fields)} {before[1]}")
        return "\n".join(lines).encode(), len(lines)

    def _learn(self, point: str) -> tuple[str, str, str, str]:
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


def _fields(address: PointAddress) -> tuple[str, str, str]:
    """Of number, quality and text."""
    number, quality, text = (
        f"{name.translate(_KEY)}=" for name in (address.key, address.quality, address.text)
    )
    return number, quality, text


def _figure(value: float) -> str:
    if value is True:
        return "1"
    if value is False:
        return "0"
    return repr(value)
