"""Units, scales, ranges and states as they stand in a point list."""

from __future__ import annotations

import re
from typing import Final

from monitor.cli.pointlist.address import NotUnderstood

_NUMBER: Final = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_UNITS: Final = {
    "℃": "°C",
    "c": "°C",
    "degc": "°C",
    "°c": "°C",
    "度": "°",
    "％": "%",
    "kw·h": "kWh",
    "kw.h": "kWh",
    "千瓦时": "kWh",
    "千瓦": "kW",
    "伏": "V",
    "安": "A",
    "赫兹": "Hz",
    "兆帕": "MPa",
}
_RAW: Final = r"(?<![0-9a-z.-])(0x[0-9a-f]{2,16}|-?\d{2,10})(?![0-9a-z.])"
_NO_VALUE: Final = r"无效值?|無效值?|无数据|無數據|未接入?|invalid|no value|not available|no data"
_NONE: Final = {"", "-", "/", "--", "无", "無", "n/a", "na", "none", "1:1"}
ACCESS_WRITE_ONLY: Final = {"w", "wo", "write", "write only", "只写", "写", "只寫", "寫"}


def unit_of(text: str) -> tuple[str, float]:
    """The unit of a cell, and the scale that stands before it: `0.1V` is V in tenths."""
    text = text.strip()
    if text.casefold() in _NONE:
        return "", 1.0
    scale = 1.0
    if found := re.fullmatch(rf"[x×*]?\s*({_NUMBER})\s*([^\d\s].*)", text):
        scale, text = float(found[1]), found[2].strip()
    return _UNITS.get(text.casefold(), text)[:16], scale or 1.0


def scale_of(text: str, divide: bool) -> float:
    """The factor of a cell: `0.1`, `x0.1`, `/10`, `1/10`, `10^-1`. With `divide` a plain number is a divisor."""
    plain = text.strip().casefold().replace(" ", "")
    if plain in _NONE:
        return 1.0
    if found := re.fullmatch(rf"(?:1?[/÷])({_NUMBER})", plain):
        return _inverse(float(found[1]), text)
    if found := re.fullmatch(r"10\^\(?(-?\d{1,2})\)?", plain):
        return float(f"1e{found[1]}")
    if found := re.fullmatch(rf"[x×*]?({_NUMBER})", plain):
        number = float(found[1])
        if divide:
            return _inverse(number, text)
        if number:
            return number
    raise NotUnderstood(f"`{text}` is no factor: 0.1, x0.1, /10 or 10^-1 is")


def _inverse(number: float, text: str) -> float:
    if not number:
        raise NotUnderstood(f"`{text}` would divide by zero")
    return 1 / number


def range_of(text: str) -> tuple[float, float] | None:
    """Lowest and highest of `0-100`, `0~100`, `-40...80`; None where it is no span of numbers."""
    found = re.fullmatch(rf"\s*(-?{_NUMBER})\s*(?:-|~|～|–|to|至|\.\.+)\s*([+-]?{_NUMBER})\D*", text)
    if not found or not float(found[1]) < float(found[2]):
        return None
    return float(found[1]), float(found[2])


def invalid_of(text: str) -> tuple[str, ...]:
    """Contents that mean "no value", as they are written: `0x8000 为无效`, `invalid: 32767`; empty where none is named."""
    found = [
        *re.findall(
            rf"{_RAW}\s*(?:[=:：]|means|is|为|為|表示|代表|时|時)?\s*(?:{_NO_VALUE})", text, re.IGNORECASE
        ),
        *re.findall(
            rf"(?:{_NO_VALUE})\s*(?:[=:：]|means|is|为|為|是|when|if|value)?\s*{_RAW}", text, re.IGNORECASE
        ),
    ]
    return tuple(dict.fromkeys(found))


def states_of(text: str) -> dict[int, str]:
    """Names by number of `0:停止 1:运行` or `0=off; 1=on`; empty where it is prose."""
    found = re.findall(
        r"(?:^|[\s,;，；、/|(（])(\d{1,5})\s*[:：=\-—]\s*([^\d\s,;，；、/|)）][^,;，；、|)）\n]*?)\s*(?=$|[,;，；、|)）\n]|[\s/]+\d{1,5}\s*[:：=\-—])",
        text,
    )
    states = {int(number): name.strip() for number, name in found}
    return states if len(states) >= 2 and len(set(states)) == len(found) else {}
