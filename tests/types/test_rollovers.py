"""Counters of shipped types that begin again at zero: where each does, and that what was counted over it is exact.

`bits` or the largest reading come from the source that the type names; the counts here are worked out by hand.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from monitor import catalogue
from monitor.domain.history import Sample
from monitor.domain.point import Point
from monitor.domain.usage import Step
from monitor.engine.retrospect import usages
from tests.support.fake_historian import FakeHistorian
from tests.types.house import equipment

T0 = 1_790_000_000_000 // 86_400_000 * 86_400_000
HOUR, DAY = 3_600_000, 86_400_000


class Worked(NamedTuple):
    """A meter's register over its end: counts before and after, and what that is in the point's unit."""

    before: int
    after: int
    unit_per_count: float
    amount: float
    factors: dict[str, float]


SUNSPEC = Worked(4_294_967_200, 150, 10.0, 2460.0, {"sf_wh": 1})
"""acc32 in tens of Wh: 4294967296 - 4294967200 = 96 counts to the end, 150 behind it, 246 x 10 Wh."""
EASTRON = Worked(999_980, 25, 1.0, 45.0, {})
"""999999.9 kWh is the largest reading: 20 kWh to the end, 25 behind it."""
SIEMENS = Worked(999_999_940_000, 30_000, 0.001, 90.0, {})
"""1.0e+12 Wh: 60 kWh to the end, 30 kWh behind it."""
STARTS = Worked(65_530, 4, 1.0, 10.0, {})
"""16 bits: 65536 - 65530 = 6 starts to the end, 4 behind it."""

EXAMPLES = {
    "sunspec-meter.energy_import": SUNSPEC,
    "sunspec-meter.energy_export": SUNSPEC,
    "sunspec-inverter.energy": SUNSPEC,
    "siemens-pac3200.energy_import": SIEMENS,
    "siemens-pac3200.energy_export": SIEMENS,
    "eastron-sdm72d.energy_import": EASTRON,
    "eastron-sdm72d.energy_export": EASTRON,
    "eastron-sdm72d.energy": EASTRON,
    "eastron-sdm72d-v2.energy_import": EASTRON,
    "eastron-sdm72d-v2.energy_export": EASTRON,
    "eastron-sdm72d-v2.energy": EASTRON,
    "eastron-sdm72d-v2.reactive_energy": EASTRON,
    "matelec-fpc-36040.pump_1_starts": STARTS,
    "matelec-fpc-36040.pump_2_starts": STARTS,
}


def counter(name: str) -> Point:
    type_, key = name.split(".")
    points = {point.key: point for point in equipment(type_).source.plan.points}
    return points[key]


async def shown(point: Point, worked: Worked) -> FakeHistorian:
    """A day at the pace of the last hour up to the end of the counter, then the hour over it."""
    historian = FakeHistorian()
    step = round(worked.amount / worked.unit_per_count)
    counts = [worked.before - step * n for n in range(23, -1, -1)]
    values = [count * worked.unit_per_count for count in (*counts, worked.after)]
    samples = [Sample(point.id, T0 + n * HOUR, value, 0) for n, value in enumerate(values)]
    factors = [Sample(f"{point.equipment}.{key}", T0, value, 0) for key, value in worked.factors.items()]
    await historian.write([*factors, *samples])
    return historian


@pytest.mark.parametrize("name", EXAMPLES)
async def test_what_was_counted_over_the_end_is_exact(name: str) -> None:
    point, worked = counter(name), EXAMPLES[name]
    historian = await shown(point, worked)
    [found] = await usages(historian, point, [(T0, T0 + 2 * DAY)])
    assert [one.kind for one in found.breaks] == [Step.ROLLOVER]
    assert found.exact
    assert found.amount == pytest.approx(24 * worked.amount)


async def test_a_counter_whose_factor_nobody_knows_is_not_guessed_at() -> None:
    point = counter("sunspec-meter.energy_import")
    historian = await shown(point, SUNSPEC._replace(factors={}))
    [found] = await usages(historian, point, [(T0, T0 + 2 * DAY)])
    assert [one.kind for one in found.breaks] == [Step.RESET]
    assert not found.exact


def test_every_roll_over_of_a_shipped_type_is_worked_out_here() -> None:
    declared = {
        path.stem
        for path in catalogue.shipped_types().glob("*.yaml")
        if "rollover:" in path.read_text("utf-8")
    }
    assert declared == {name.partition(".")[0] for name in EXAMPLES}
