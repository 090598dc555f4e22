"""How busy the building is at an hour of the day: the cause of load, inflow and lift calls."""

from __future__ import annotations

# A residential estate: quiet night, morning peak, evening peak. One figure per full hour, 0..1.
_PROFILE = (
    0.32, 0.27, 0.24, 0.22, 0.23, 0.30, 0.48, 0.66, 0.62, 0.52, 0.50, 0.56,
    0.62, 0.55, 0.50, 0.51, 0.56, 0.68, 0.85, 0.97, 1.00, 0.90, 0.68, 0.45,
)  # fmt: skip


def load_of_hour(hour: float) -> float:
    """The share of full use at a local hour (0-24), straight lines between the full hours."""
    whole = int(hour) % 24
    part = hour - int(hour)
    return _PROFILE[whole] + (_PROFILE[(whole + 1) % 24] - _PROFILE[whole]) * part
