"""Hours of the week in words."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.console.shapes.hours import hours
from monitor.domain.hours import Hours
from monitor.domain.sun import Place


@pytest.mark.parametrize(
    ("fields", "en", "hant"),
    [
        ({"windows": ((1080, 1380),)}, "18:00–23:00", "18:00–23:00"),
        ({"windows": ((60, 300), (1320, 1440))}, "01:00–05:00 22:00–24:00", "01:00–05:00 22:00–24:00"),
        ({"days": "rest"}, "days of rest", "休息日"),
        ({"days": "work", "windows": ((480, 1080),)}, "working days 08:00–18:00", "工作日 08:00–18:00"),
        ({"weekdays": frozenset({5, 6})}, "Sat Sun", "週六 週日"),
        ({"place": Place(31.2, 121.5), "light": "night"}, "night", "夜間"),
        ({}, "all hours", "全部時段"),
    ],
)
def test_in_words(fields: dict[str, Any], en: str, hant: str) -> None:
    given = Hours("Asia/Shanghai", **fields)
    assert (hours(given, "en"), hours(given, "zh-Hant")) == (en, hant)
