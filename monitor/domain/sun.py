"""When it is day: the sun's height over a place, by the general solar position equations of NOAA (accurate to about a minute
below 60 degrees of latitude), after Spencer 1971."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

HORIZON = -0.833
"""Degrees: the upper edge of the sun at sunrise and sunset, refraction included (NOAA)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees: north and east are positive."""

    latitude: float
    longitude: float


def is_day(wall: float, place: Place) -> bool:
    """Whether the sun is up at POSIX seconds."""
    return height(wall, place) > HORIZON


def height(wall: float, place: Place) -> float:
    """Degrees of the sun's centre above the horizon, without refraction."""
    at = datetime.fromtimestamp(wall, UTC)
    minutes = at.hour * 60 + at.minute + at.second / 60
    year = 2 * math.pi / (366 if at.year % 4 == 0 else 365)
    g = year * (at.timetuple().tm_yday - 1 + (minutes / 60 - 12) / 24)
    equation = 229.18 * (
        0.000075
        + 0.001868 * math.cos(g)
        - 0.032077 * math.sin(g)
        - 0.014615 * math.cos(2 * g)
        - 0.040849 * math.sin(2 * g)
    )
    declination = (
        0.006918
        - 0.399912 * math.cos(g)
        + 0.070257 * math.sin(g)
        - 0.006758 * math.cos(2 * g)
        + 0.000907 * math.sin(2 * g)
        - 0.002697 * math.cos(3 * g)
        + 0.00148 * math.sin(3 * g)
    )
    hour_angle = math.radians((minutes + equation + 4 * place.longitude) / 4 - 180)
    latitude = math.radians(place.latitude)
    sine = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))
