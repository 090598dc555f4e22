"""The rules over time of shipped types against the simulated equipment: they cry when they should, and not on an ordinary day."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from monitor import catalogue
from monitor.domain.point import Point
from monitor.domain.rules import AlarmRule, Priority
from monitor.settings.library import Library, Page
from simulators.equipment.base import NoArguments
from simulators.equipment.power import Meter, MeterParameters
from simulators.equipment.sump import HighLevel, NoLift, PitParameters, SumpPit, WeldedContactor
from tests.engine.bench import Bench

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(catalogue.driver_settings(), catalogue.shipped_types())


def points(page: Page, equipment: str) -> list[Point]:
    made = page.type
    return [
        Point(
            equipment,
            one.key,
            one.kind,
            one.unit,
            one.label,
            one.range,
            stale_after=60,
            states=one.states,
        )
        for one in made.points.values()
    ]


def bench(library: Library, name: str, rules: Callable[[AlarmRule], bool] = lambda rule: True) -> Bench:
    page = library.page(name)
    return Bench([rule for rule in page.rules if rules(rule)], points(page, name))


def pit_values(pit: SumpPit) -> dict[str, Any]:
    """What the controller says, in the units of the type."""
    level = pit.stuck_at if "probe_stuck" in pit.active else pit.level
    marks = (pit.p.stop, pit.p.start, pit.p.second, pit.p.overflow)
    floats = dict(
        zip(("stop", "start", "second", "overflow"), (pit.level >= mark for mark in marks), strict=True)
    )
    said: dict[str, Any] = {"level": level, "mode": "auto", "duty": f"pump_{pit.duty + 1}"}
    said |= {f"float_{name}": up for name, up in floats.items()}
    for n, pump in enumerate(pit.pumps, 1):
        said |= {
            f"pump_{n}_run": pump.running,
            f"pump_{n}_call": pump.called,
            f"pump_{n}_fault": pump.fault,
            f"pump_{n}_starts": float(pump.starts),
            f"pump_{n}_hours": pump.hours,
            f"pump_{n}_current": 12.4 if pump.running else 0.0,
        }
    return said


async def hear(one: Bench, pit: SumpPit, seconds: int, every: int = 2) -> set[str]:
    """The rules that were active at some time."""
    seen: set[str] = set()
    one.pipeline.answering("sump-pit", True, "")
    for _ in range(0, seconds, every):
        pit.advance(float(every), 12.0)
        await one.clock.advance(float(every))
        said = pit_values(pit)
        one.say(*(said[point.key] for point in one.plan.points))
        one.alarming.tick(one.clock.now())
        seen |= {
            rule.rpartition(".")[2]
            for rule in one.alarming.rules
            if one.alarming.alarm(rule).active  # what the console would show
        }
    return seen


def pit(**parameters: float) -> SumpPit:
    return SumpPit("pit-1", random.Random(7), PitParameters(unit=3, **parameters))


@pytest.mark.parametrize("inflow", [3, 9])
async def test_an_ordinary_pit_is_quiet_for_hours(library: Library, inflow: float) -> None:
    async with bench(library, "sump-pit") as one:
        assert await hear(one, pit(inflow=inflow), 3 * 3600) == set()


async def test_pumps_that_turn_and_lift_nothing(library: Library) -> None:
    plant = pit(inflow=8, level=1.1)
    async with bench(library, "sump-pit") as one:
        assert await hear(one, plant, 600) == set()
        plant.inject("no_lift", NoLift())
        seen = await hear(one, plant, 420)
        assert seen & {"pump_1_no_lift", "pump_2_no_lift"}
        assert not {name for name in seen if "cycling" in name or "call" in name}
        plant.clear("no_lift")
        await hear(one, plant, 2400)
        assert one.state("sump-pit.pump_1_no_lift") in ("NORM", "RTN_UNACK")
        assert one.state("sump-pit.pump_2_no_lift") in ("NORM", "RTN_UNACK")


async def test_a_probe_that_sticks_while_the_pump_runs(library: Library) -> None:
    plant = pit(inflow=8, level=1.15)
    async with bench(library, "sump-pit") as one:
        await hear(one, plant, 30)
        plant.inject("probe_stuck", NoArguments())
        assert await hear(one, plant, 120) == {"pump_1_no_lift"}


async def test_a_pump_that_runs_without_call(library: Library) -> None:
    plant = pit(inflow=5, level=0.9)
    async with bench(library, "sump-pit") as one:
        plant.inject("run_without_call", WeldedContactor(pump="2"))
        assert await hear(one, plant, 90) == {"pump_2_no_call"}


async def test_a_pit_that_fills_faster_than_its_pumps(library: Library) -> None:
    plant = pit(inflow=8, level=1.5)
    async with bench(library, "sump-pit") as one:
        plant.inject("high_level", HighLevel())
        seen = await hear(one, plant, 120)
        assert {"filling", "level_high"} <= seen
        assert not seen & {"pump_1_no_lift", "pump_2_no_lift"}, "they do lift, only not enough"


async def test_short_cycling(library: Library) -> None:
    plant = pit(area=0.5, inflow=10, level=1.1)
    async with bench(library, "sump-pit") as one:
        assert {"pump_1_cycling", "pump_2_cycling"} <= await hear(one, plant, 3600)


METER = {"v_l1": 0, "v_l2": 2, "v_l3": 4, "i_l1": 6, "i_l2": 8, "i_l3": 10}


async def meter(one: Bench, plant: Meter, seconds: int, frozen: bool = False) -> set[str]:
    one.pipeline.answering("eastron-sdm630", True, "")
    for _ in range(0, seconds, 5):
        if not frozen:
            plant.step(5.0, 12.0)
        volts, va = plant.voltages, [w / plant.power_factor for w in plant.powers]
        amps = [a / v if v > 20 else 0.0 for a, v in zip(va, volts, strict=True)]
        said = {**{f"v_l{n}": volts[n - 1] for n in (1, 2, 3)}, **{f"i_l{n}": amps[n - 1] for n in (1, 2, 3)}}
        await one.clock.advance(5.0)
        one.say(*(said.get(point.key, 50.0) for point in one.plan.points))
        one.alarming.tick(one.clock.now())
    return {rule.rpartition(".")[2] for rule in one.alarming.rules if one.alarming.alarm(rule).active}


async def test_a_lost_phase_is_an_imbalance_and_old_registers_are_a_fault(library: Library) -> None:
    plant = Meter("mdb-1", random.Random(3), MeterParameters(unit=1))
    both = {"current_imbalance", "stuck_values"}
    async with bench(library, "eastron-sdm630", lambda rule: rule.id.rpartition(".")[2] in both) as one:
        assert await meter(one, plant, 1200) == set()
        assert await meter(one, plant, 200, frozen=True) == {"stuck_values"}
        assert await meter(one, plant, 60) == set()
        plant.inject("phase_loss", NoArguments())
        assert await meter(one, plant, 120) == {"current_imbalance"}


@pytest.mark.parametrize(
    ("name", "windings"),
    [
        ("switch-room", ["winding_a", "winding_b", "winding_c"]),
        ("tecsystem-nt935", ["ch_1", "ch_2", "ch_3"]),
    ],
)
async def test_a_winding_that_grows_ever_hotter_is_one_alarm_that_grows_more_urgent(
    library: Library, name: str, windings: list[str]
) -> None:
    rules = {f"{name}.{winding}_high" for winding in windings}
    async with bench(library, name, lambda rule: rule.id in rules) as one:

        async def at(degrees: float, seconds: int = 40) -> tuple[Any, Any]:
            for _ in range(0, seconds, 2):
                await one.clock.advance(2.0)
                one.say(**{winding: degrees if winding == windings[1] else 80.0 for winding in windings})
                one.alarming.tick(one.clock.now())
            hot = one.alarming.alarm(f"{name}.{windings[1]}_high")
            quiet = [one.state(f"{name}.{winding}_high") for winding in (windings[0], windings[2])]
            assert quiet == ["NORM", "NORM"]
            return hot.active, hot.priority

        assert await at(110.0) == (False, Priority.HIGH)
        assert await at(130.0) == (True, Priority.HIGH)
        assert await at(149.0) == (True, Priority.HIGH)
        assert await at(155.0) == (True, Priority.CRITICAL)
        assert await at(147.0) == (True, Priority.CRITICAL), "within the deadband"
        assert await at(130.0) == (True, Priority.HIGH)
        assert (await at(110.0))[0] is False
