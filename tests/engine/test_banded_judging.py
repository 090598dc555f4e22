"""Asking only the rules that a scan may move gives the very events of asking every rule at every scan."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.alarm import Acknowledge, Reset, Shelve
from monitor.domain.band import within
from monitor.domain.conditions import AtLeast, Deviation, Rate, Starts, Stuck
from monitor.domain.instant import Instant
from monitor.domain.point import Kind, Point
from monitor.domain.reading import Quality
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    Comm,
    Condition,
    High,
    Leak,
    Low,
    Priority,
    Reported,
    SensorFault,
    Stale,
    State,
    TooManyUnknown,
    Verdict,
    View,
)
from monitor.domain.scan import ABSENT, Scan
from monitor.engine.alarming import Alarming, Refused
from monitor.engine.layout import Layout
from monitor.engine.watch import Watch
from tests.engine.bench import Bench

POINTS = (
    Point("pit-1", "level", range=(-5, 5), stale_after=30),
    Point("pit-1", "flow", stale_after=50),
    Point("pit-1", "water", Kind.DISCRETE, stale_after=30),
    Point("pit-1", "mode", Kind.TEXT, stale_after=60),
    Point("pit-1", "lamp_1", Kind.DISCRETE, stale_after=60),
    Point("pit-1", "lamp_2", Kind.DISCRETE, stale_after=60),
)
LAMPS = ("lamp_1", "lamp_2")
CONDITIONS: tuple[Condition, ...] = (
    High("level", 2.0, 0.2),
    High("level", 0.3, 0.1),
    High("flow", 1.8),
    Low("level", -0.3, 0.3),
    Low("flow", 0.1 + 0.2, 0.1),
    State("water", True),
    State("mode", "fault"),
    State("level", 2.0),
    Leak("water", 2),
    Leak("water", 1),
    Leak("lamp_1", 3),
    AvailabilityBelow(LAMPS, "water", 0.9),
    TooManyUnknown(LAMPS, None, 0.4),
    Stale(("level", "flow")),
    Comm(),
    SensorFault("level"),
    Reported("itself"),
    State("mode", "fault", ("gone",), negated=True),
    Leak("water", 2, position="level"),
    Deviation(("level", "flow"), 1.0, 0.2),
    AtLeast(1, (High("level", 2.0, 0.2), State("water", True))),
    AtLeast(2, (Low("flow", 0.3, 0.1), State("mode", "ok"), Deviation(("level", "flow"), 1.0))),
    AtLeast(2, (Rate("level", 0.1, 1.0, 3.0), State("water", True))),
    Rate("level", 0.5, 1.0, 4.0, sign=1, when=State("lamp_1", True)),
    Stuck("flow", 5.0, 0.1),
    Starts("water", 1, 20.0),
)


class EveryRuleEveryScan(Alarming):
    """The plain way, kept as the reference."""

    def judge(
        self,
        equipment: str,
        view: View,
        now: Instant,
        *,
        scanned: bool = True,
        scan: Scan | None = None,
        changed: Sequence[int] | None = None,
    ) -> None:
        lookout = self._book.watches.lookouts.get(equipment)
        if lookout is None:
            return
        for place in range(len(lookout.rules)):
            watch = lookout.wake(place)
            read = scanned and (scan is None or lookout.speaks_of(watch, scan))
            self._judging.consider(watch, view, now, read)


RULES = st.lists(
    st.builds(
        lambda *fields: dict(
            zip(("condition", "on_delay", "off_delay", "latching", "incident"), fields, strict=True)
        ),
        st.sampled_from(CONDITIONS),
        st.sampled_from([0.0, 0.0, 2.0, 5.0]),
        st.sampled_from([0.0, 0.0, 3.0]),
        st.booleans(),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=8,
)
EDGES = [2.0, 1.8, 2.0 - 0.2, 0.3, 0.1 + 0.2, 0.2, 0.3 - 0.1, -0.3, 0.0, -0.3 + 0.3, 0.4, 6.0, -6, 3, True]
NUMBER = st.one_of(
    st.sampled_from([*EDGES, ABSENT]),
    st.sampled_from(EDGES).flatmap(lambda edge: st.sampled_from([edge - 1e-15, edge + 4e-16, edge + 1e-9])),
    st.floats(-7, 7),
)
BIT = st.sampled_from([True, False, False, ABSENT])
VALUES = st.tuples(NUMBER, NUMBER, BIT, st.sampled_from(["ok", "fault", ABSENT]), BIT, BIT)
BAD = st.dictionaries(
    st.integers(0, 5), st.sampled_from([q for q in Quality if q is not Quality.GOOD]), max_size=2
)
STEP = st.one_of(
    st.tuples(st.just("scan"), VALUES, st.one_of(st.just({}), st.just({}), BAD)),
    st.tuples(st.just("move"), st.integers(0, 5), VALUES),
    st.sampled_from([("again",), ("again",), ("tick",)]),
    st.tuples(st.just("answering"), st.booleans()),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.sampled_from(["acknowledge", "reset", "shelve"]), st.integers(0, 7)),
)


def named(rules: Sequence[dict[str, Any]]) -> list[AlarmRule]:
    return [
        AlarmRule(f"pit-1.r{i}", "pit-1", AlarmKind.LIMIT, priority=Priority.HIGH, **rule)
        for i, rule in enumerate(rules)
    ]


class Run:
    """One centre that hears the story; nothing is committed, all that is submitted can be seen."""

    def __init__(self, rules: list[AlarmRule], centre: type[Alarming]) -> None:
        self.bench = Bench(rules, POINTS, centre=centre, pushed=True)
        self.rules = rules
        self.last: Scan | None = None

    async def step(self, seconds: float, what: str, *details: Any) -> None:
        bench = self.bench
        bench.clock._move_to(bench.clock.now().steady + seconds)
        now = bench.clock.now()
        match what:
            case "scan":
                self._scan(Scan(bench.plan, details[0], now, details[1]))
            case "move" if self.last is not None:
                i, values = details
                moved = (*self.last.values[:i], values[i], *self.last.values[i + 1 :])
                bad = {k: q for k, q in self.last.bad.items() if moved[k] is not None}
                self._scan(Scan(bench.plan, moved, now, bad))
            case "again" if self.last is not None and self.last.whole:
                self._scan(self.last.again(now))
            case "tick":
                bench.pipeline.tick(now)
                bench.alarming.tick(now)
            case "answering":
                bench.pipeline.answering("pit-1", details[0], "")
            case "link":
                bench.pipeline.link("bus", details[0], "")
            case "acknowledge" | "reset" | "shelve" if details[0] < len(self.rules):
                self._command(what, f"pit-1.r{details[0]}", now)

    def _scan(self, scan: Scan) -> None:
        self.last = scan
        self.bench.pipeline.scan(scan)

    def _command(self, what: str, name: str, now: Instant) -> None:
        watch = self.bench.alarming._book.watches[name]
        which = (watch.alarm.occurrence, watch.alarm.annunciation)
        cause = {
            "acknowledge": Acknowledge(*which, "chen", "seen"),
            "reset": Reset(*which, "chen"),
            "shelve": Shelve(*which, now.wall + 7, "works", "chen"),
        }[what]
        with contextlib.suppress(Refused):
            self.bench.alarming._book.apply(watch, cause, now)

    def alarms(self) -> list[Any]:
        return [self.bench.alarming.alarm(rule.id) for rule in self.rules]

    def submitted(self) -> list[Any]:
        return [(entry.change.events, entry.change.alarms) for entry in self.bench.writer._queue]


@settings(max_examples=250, deadline=None)
@given(RULES, st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 3.0, 20.0]), STEP), max_size=30))
def test_both_ways_of_judging_give_the_same_events(rules: Any, story: Any) -> None:
    async def tell() -> None:
        plain, banded = Run(named(rules), EveryRuleEveryScan), Run(named(rules), Alarming)
        for seconds, (what, *details) in story:
            for run in (plain, banded):
                await run.step(seconds, what, *details)
            assert banded.alarms() == plain.alarms()
        assert banded.submitted() == plain.submitted()

    asyncio.run(tell())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The points of the conditions that were asked, of those that slept and of those with a watch."""
    points: list[str] = []
    woken: list[object] = []
    look, stirs = Watch.look, Layout.stirs

    def looked(self: Watch, view: View, now: Instant, *, scanned: bool) -> Verdict:
        if woken and woken.pop() is self.rule.condition:
            pass  # the look that follows from its being stirred
        else:
            points.append(self.rule.condition.point)  # type: ignore[union-attr]
        return look(self, view, now, scanned=scanned)

    def stirred(self: Layout, place: int, view: View) -> bool:
        found = stirs(self, place, view)
        condition = self._conditions[place]
        if not within(self._bands[place], condition, view):
            points.append(condition.point)  # type: ignore[union-attr]
        if found:
            woken.append(condition)
        return found

    monkeypatch.setattr(Watch, "look", looked)
    monkeypatch.setattr(Layout, "stirs", stirred)
    return points


def rules_on(*conditions: Condition) -> list[AlarmRule]:
    return named([{"condition": condition, "on_delay": 0.0, "off_delay": 0.0} for condition in conditions])


async def test_a_rule_is_asked_when_its_point_leaves_the_band_and_not_before(asked: list[str]) -> None:
    bench = Bench(rules_on(High("level", 2.0, 0.2), State("water", True)), POINTS)
    bench.say(1.0, 1.0, False, "ok", True, True)
    del asked[:]
    bench.say(1.1, 1.0, False, "ok", True, True)
    bench.say(2.0, 1.5, False, "ok", True, False)
    assert asked == [], "within its band, and the other's point did not change"
    bench.say(2.1, 1.5, False, "ok", True, False)
    bench.say(2.1, 1.5, False, "ok", True, False)
    assert asked == ["level"] * 2, "raised, and found to stay"
    bench.say(2.3, 1.5, False, "ok", True, False)
    bench.say(1.9, 1.5, False, "ok", True, False)
    assert asked == ["level"] * 2
    bench.say(1.9, 1.5, True, "ok", True, False)
    assert asked == ["level"] * 2 + ["water"]


async def test_a_dry_sensor_is_not_asked_again_and_a_wet_one_until_it_is_sure(asked: list[str]) -> None:
    bench = Bench(rules_on(Leak("water", 3)), POINTS)
    for _ in range(3):
        bench.say(1.0, 1.0, False, "ok", True, True)
    assert len(asked) == 1
    for _ in range(9):
        bench.say(1.0, 1.0, True, "ok", True, True)
    assert bench.state("pit-1.r0") == "UNACK"
    assert len(asked) == 1 + 3 + 1, "three reads, and one that finds it settled"


async def test_a_read_that_does_not_speak_of_the_sensor_is_not_the_second_wet_one() -> None:
    bench = Bench(rules_on(Leak("water", 2)), POINTS)
    bench.say(1.0, 1.0, True, "ok", True, True)
    bench.say(level=1.1)
    bench.say(level=1.2)
    assert bench.state("pit-1.r0") == "NORM"
    bench.say(water=True)
    assert bench.state("pit-1.r0") == "UNACK"


async def test_a_kind_of_which_nothing_is_said_is_asked_at_every_scan(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.engine.layout.points_of", lambda condition: None)
    bench = Bench(rules_on(State("water", True)), POINTS)
    for _ in range(3):
        bench.say(1.0, 1.0, False, "ok", True, True)
    bench.say(level=1.0)
    assert len(asked) == 4
