"""A rule whose alarm never moved has no watch; whatever moves it makes one, and nobody can tell the difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.app.alarms import Alarms
from monitor.app.ground import Ground
from monitor.cli.common import load_site
from monitor.domain.alarm import Acknowledge, Shelve
from monitor.domain.instant import Instant
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    High,
    Leak,
    Priority,
    Reported,
    SensorFault,
    State,
)
from monitor.engine.beliefs import Beliefs
from monitor.engine.deadlines import Delays
from monitor.engine.tally import Tally
from monitor.ports import Stored
from tests.engine.bench import Bench, TestJournal
from tests.support.clock import VirtualClock

POINTS = tuple(Point("panel", f"b{i}", Kind.DISCRETE) for i in range(4))
OFF = (False, False, False, False)
TRIPPED = (True, False, False, False)


def rules(on_delay: float = 0.0) -> list[AlarmRule]:
    states = [
        AlarmRule(f"panel.t{i}", "panel", AlarmKind.STATE, State(f"b{i}", True), Priority.LOW, on_delay, 0.0)
        for i in range(4)
    ]
    faults = [
        AlarmRule(f"panel.f{i}", "panel", AlarmKind.QUALITY, SensorFault(f"b{i}"), Priority.LOW, 0.0, 0.0)
        for i in range(4)
    ]
    return states + faults


def awake(bench: Bench) -> list[str]:
    return [watch.rule.id for watch in bench.alarming._book.watches.awake()]


async def test_healthy_scans_wake_nobody_and_a_tripped_breaker_wakes_one() -> None:
    async with Bench(rules(), POINTS) as bench:
        bench.pipeline.link("bus", True, "")
        bench.pipeline.answering("panel", True, "")
        for _ in range(3):
            bench.say(*OFF)
        assert awake(bench) == []
        assert bench.state("panel.t0") == "NORM"
        assert awake(bench) == [], "to be looked at by people is no reason"
        bench.say(*TRIPPED)
        assert awake(bench) == ["panel.t0"]
        assert bench.state("panel.t0") == "UNACK"


async def test_a_sensor_that_cannot_be_read_wakes_its_rule() -> None:
    async with Bench(rules(), POINTS) as bench:
        bench.say(*OFF)
        bench.say(False, None, False, False, bad={1: Quality.SENTINEL})
        assert awake(bench) == ["panel.f1"]
        bench.say(*OFF)
        assert bench.state("panel.f1") == "RTN_UNACK"


async def test_a_flutter_within_the_delay_is_forgotten_with_its_watch() -> None:
    async with Bench(rules(on_delay=3600.0), POINTS) as bench:
        for _ in range(5):
            bench.say(*TRIPPED)
            assert awake(bench) == ["panel.t0"]
            assert bench.alarming.alarm("panel.t0").pending is not None
            await bench.wait(1)
            bench.say(*OFF)
            bench.say(*OFF)
            assert awake(bench) == []
            await bench.wait(1)
        assert (await bench.journal.load()).alarms[0].pending is None, "nor does the journal wait for it"


async def test_what_has_happened_once_is_remembered() -> None:
    async with Bench(rules(), POINTS) as bench:
        bench.say(*TRIPPED)
        bench.say(*OFF)
        alarm = bench.alarming.alarm("panel.t0")
        await bench.wait(1)
        await bench.alarming.command("panel.t0", Acknowledge(alarm.occurrence, alarm.annunciation, "chen"))
        bench.say(*OFF)
        assert bench.state("panel.t0") == "NORM"
        bench.say(*TRIPPED)
        assert bench.alarming.alarm("panel.t0").occurrence == 2


async def test_shelved_before_it_ever_happened_it_answers_as_what_it_became() -> None:
    async with Bench(rules(), POINTS) as bench:
        bench.say(*OFF)
        until = bench.clock.now().wall + 10
        shelved = await bench.alarming.command("panel.t2", Shelve(0, 0, until, "works", "chen"))
        assert shelved.state.value == "SHELVED"
        await bench.wait(11)
        bench.say(*OFF)
        assert bench.state("panel.t2") == "NORM"
        assert awake(bench) == []


async def test_rules_that_remember_or_rank_are_never_asleep() -> None:
    level = replace(rules()[0], id="panel.level", condition=High("b0", 1.0), priority_at=(), re_alarm=600.0)
    leak = replace(rules()[0], id="panel.leak", condition=Leak("b1", 2))
    stated = replace(rules()[0], id="panel.own", condition=Reported("own"))
    async with Bench([level, leak, stated], POINTS) as bench:
        bench.say(*OFF)
        assert awake(bench) == ["panel.leak"]


def test_a_delay_that_begins_again_and_again_is_looked_for_once() -> None:
    delays = Delays()
    for n in range(1000):
        delays.expect("panel.t0", 3600.0 + n)
    delays.expect("panel.t1", None)
    assert len(delays._heap) == 1
    assert list(delays.over(Instant(0.0, 3599.0))) == []
    assert list(delays.over(Instant(0.0, 3600.0))) == ["panel.t0"]
    assert delays.next is None
    delays.expect("panel.t0", 4599.0)
    delays.expect("panel.t0", 4000.0)
    assert delays.next == 4000.0
    assert list(delays.over(Instant(0.0, 5000.0))) == ["panel.t0"], "once, however often it was put forward"


async def test_the_end_of_a_delay_that_began_anew_is_not_missed() -> None:
    async with Bench(rules(on_delay=10.0), POINTS) as bench:
        bench.say(*TRIPPED)
        await bench.wait(6)
        bench.say(*OFF)
        bench.say(*TRIPPED)
        await bench.wait(6)
        assert bench.state("panel.t0") == "NORM"
        await bench.wait(4.25)
        assert bench.state("panel.t0") == "UNACK"


async def test_the_alarms_floor_makes_no_rule_that_nobody_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start with panels would otherwise make a hundred thousand."""
    site = load_site(Path(__file__).parents[2] / "config")
    stores = SimpleNamespace(journal=TestJournal(), stored=Stored())
    plans = [equipment.source.plan for equipment in site.equipment.values()]
    clock = VirtualClock()
    ground = Ground(site, tmp_path, clock, Tally(), Beliefs.of(plans, clock.now(), {}))  # type: ignore[arg-type]
    made: list[AlarmRule] = []
    of = AlarmRule.of
    monkeypatch.setattr(AlarmRule, "of", lambda self, equipment: made.append(self) or of(self, equipment))
    alarms = Alarms(ground, stores)  # type: ignore[arg-type]
    lasting = [watch.rule for watch in alarms.alarming._book.watches.awake()]
    zones = [rule for rule in made if isinstance(rule.condition, AvailabilityBelow)]
    assert len(made) - len(zones) <= len(lasting), "beside zones, those that need a watch from the beginning"
    assert len(alarms.alarming.rules) > 2 * len(lasting)
