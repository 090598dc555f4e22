"""Durations as people write them in configuration: `500ms`, `1s`, `5m`, `6h`, `90d`."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `500ms` or `1.5h`. Raises ValueError for anything else, a bare number included."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is not a duration: write a number and ms, s, m, h or d, such as 500ms or 5m"
        )
    return float(found[1]) * _SECONDS[found[2]]
