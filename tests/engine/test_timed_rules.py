"""Hours, levels, re-alarms and long memories, through the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.domain.alarm import Acknowledge, Pending
from monitor.domain.conditions import Unceasing, Unproven
from monitor.domain.hours import Hours
from monitor.domain.point import Kind, Point
from monitor.domain.rules import AlarmKind, AlarmRule, AvailabilityBelow, High, Level, Priority, State
from monitor.engine.alarming import Refused
from monitor.ports import Stored
from tests.engine.bench import Bench, TestJournal
from tests.support.clock import VirtualClock

POINTS = (
    Point("pit-1", "level", range=(0, 300), stale_after=1e6),
    Point("pit-1", "light", Kind.DISCRETE, stale_after=1e6),
)
MORNING = 1_793_462_400.0 + 7 * 3600  # 07:00 in Shanghai
DAY = Hours("Asia/Shanghai", ((8 * 60, 17 * 60),))


def rule(condition: Any, **fields: Any) -> AlarmRule:
    base = AlarmRule("pit-1.r", "pit-1", AlarmKind.STATE, condition, Priority.MEDIUM, 0.0, 0.0)
    return replace(base, **fields)


def bench(of: AlarmRule, wall: float = MORNING, **more: Any) -> Bench:
    return Bench([of], POINTS, clock=VirtualClock(wall=wall), **more)


def acknowledge(alarm: Any) -> Acknowledge:
    return Acknowledge(alarm.occurrence, alarm.annunciation, "chen")


LEFT_ON = rule(State("light", True), during=DAY)


async def test_a_rule_counts_in_its_hours_though_nothing_is_heard() -> None:
    async with bench(LEFT_ON) as one:
        one.say(1.0, True)
        assert one.state("pit-1.r") == "NORM", "07:00"
        await one.wait(3610, every=5)
        assert one.state("pit-1.r") == "UNACK", "08:00"
        await one.wait(9 * 3600, every=5)
        assert one.state("pit-1.r") == "RTN_UNACK", "17:00"


async def test_the_limit_of_the_hour_counts_though_nothing_is_heard() -> None:
    lamps = AvailabilityBelow(("light", "level"), None, 0.4, ((DAY, 0.9),))
    async with bench(rule(lamps)) as one:
        one.say(0.0, True)  # one of two works
        assert one.state("pit-1.r") == "NORM", "07:00: half is enough"
        await one.wait(3610, every=5)
        assert (one.state("pit-1.r"), one.alarming.alarm("pit-1.r").value) == ("UNACK", 0.5), "08:00"
        one.say(1.0, True)
        assert one.state("pit-1.r") == "RTN_UNACK"
        one.say(0.0, True)
        assert one.state("pit-1.r") == "UNACK"
        await one.wait(9 * 3600, every=5)
        assert one.state("pit-1.r") == "RTN_UNACK", "17:00"


async def test_within_its_hours_it_is_judged_by_what_is_heard() -> None:
    async with bench(LEFT_ON, MORNING + 7200) as one:
        one.say(1.0, True)
        assert one.state("pit-1.r") == "UNACK"
        one.say(1.0, False)
        assert one.state("pit-1.r") == "RTN_UNACK"


async def test_priority_by_the_clock_announces_anew_when_it_rises() -> None:
    of = rule(State("light", True), priority_at=((DAY, Priority.CRITICAL),))
    async with bench(of) as one:
        one.say(1.0, True)
        await one.alarming.command("pit-1.r", acknowledge(one.alarming.alarm("pit-1.r")))
        await one.wait(3610, every=5)
        alarm = one.alarming.alarm("pit-1.r")
        assert (alarm.state.value, alarm.priority) == ("UNACK", Priority.CRITICAL)
        await one.alarming.command("pit-1.r", acknowledge(alarm))
        await one.wait(9 * 3600, every=5)
        assert one.alarming.alarm("pit-1.r").priority is Priority.MEDIUM
        assert one.state("pit-1.r") == "ACK", "falling wakes nobody"


HOT = rule(High("level", 120.0, 5.0), levels=(Level(150.0, Priority.CRITICAL),))


async def test_high_high_is_the_same_alarm_more_urgent() -> None:
    async with bench(HOT) as one:
        one.say(125.0, False)
        await one.alarming.command("pit-1.r", acknowledge(one.alarming.alarm("pit-1.r")))
        one.say(151.0, False)
        alarm = one.alarming.alarm("pit-1.r")
        assert (alarm.state.value, alarm.priority, alarm.occurrence) == ("UNACK", Priority.CRITICAL, 1)
        one.say(140.0, False)
        assert one.alarming.alarm("pit-1.r").priority is Priority.MEDIUM
        assert one.state("pit-1.r") == "UNACK"


async def test_what_goes_at_once_to_the_second_level_cries_once() -> None:
    async with bench(HOT) as one:
        one.say(160.0, False)
        await one.wait(1)
        assert one.causes() == ["raised"]
        assert one.journal.events[0].priority is Priority.CRITICAL
        one.say(100.0, False)
        await one.wait(6)
        alarm = one.alarming.alarm("pit-1.r")
        assert (alarm.state.value, alarm.priority) == ("RTN_UNACK", Priority.CRITICAL), "as it was"
        await one.alarming.command("pit-1.r", acknowledge(alarm))
        one.say(121.0, False)
        assert one.alarming.alarm("pit-1.r").priority is Priority.MEDIUM


AGAIN = rule(State("light", True), re_alarm=1800.0)


async def test_an_acknowledged_alarm_that_stays_is_announced_anew() -> None:
    async with bench(AGAIN) as one:
        one.say(1.0, True)
        for annunciation in (1, 2, 3):
            alarm = one.alarming.alarm("pit-1.r")
            assert (alarm.state.value, alarm.annunciation) == ("UNACK", annunciation)
            await one.alarming.command("pit-1.r", acknowledge(alarm))
            await one.wait(1790, every=5)
            assert one.state("pit-1.r") == "ACK"
            one.clock.step_wall(86400)
            await one.wait(20, every=5)
        await one.alarming.command("pit-1.r", acknowledge(one.alarming.alarm("pit-1.r")))
        one.say(1.0, False)
        await one.wait(4000, every=5)
        assert one.state("pit-1.r") == "NORM"


async def test_a_restart_does_not_put_off_the_re_alarm() -> None:
    journal = TestJournal()
    async with bench(AGAIN, journal=journal) as one:
        one.say(1.0, True)
        await one.alarming.command("pit-1.r", acknowledge(one.alarming.alarm("pit-1.r")))
        await one.wait(1000, every=5)
        stored, wall = await journal.load(), one.clock.now().wall
    async with bench(AGAIN, wall, stored=stored) as two:
        await two.wait(790, every=5)
        assert two.state("pit-1.r") == "ACK"
        await two.wait(20, every=5)
        assert two.state("pit-1.r") == "UNACK"


async def test_what_a_rule_saw_over_weeks_outlives_a_restart() -> None:
    journal, of = TestJournal(), rule(Unproven("light", 86400.0))
    async with bench(of, journal=journal) as one:
        one.say(1.0, False)
        await one.wait(80_000, every=100)
        marks = {name: text for change in journal.changes for name, text in change.marks.items()}
        wall, steady = one.clock.now()
    assert list(marks) == ["memory.pit-1.r"]
    clock = VirtualClock(wall + 7 * 86400, steady)  # the wall clock was set while we were down
    async with Bench([of], POINTS, clock=clock, stored=Stored(marks=marks)) as two:
        two.say(1.0, False)
        await two.wait(6000, every=100)
        assert two.state("pit-1.r") == "NORM"
        await two.wait(1000, every=100)
        assert two.state("pit-1.r") == "UNACK"
        two.say(1.0, True)
        assert two.state("pit-1.r") == "RTN_UNACK"


async def test_a_test_that_somebody_notes_is_a_proof() -> None:
    journal, of = TestJournal(), rule(Unproven("light", 86400.0))
    async with bench(of, journal=journal) as one:
        one.say(1.0, False)
        await one.wait(87_000, every=100)
        assert one.state("pit-1.r") == "UNACK"
        await one.alarming.tested("pit-1.r", "chen", "wet cloth")
        assert one.state("pit-1.r") == "RTN_UNACK"
        assert [audit.action for change in journal.changes for audit in change.audit] == ["sensor.tested"]
        assert any(change.marks and change.audit for change in journal.changes), "with its mark"


async def test_a_rule_that_asks_for_no_test_refuses_one() -> None:
    async with bench(HOT) as one:
        with pytest.raises(Refused, match="no_test"):
            await one.alarming.tested("pit-1.r", "chen", "wet cloth")


async def test_what_a_rule_saw_before_its_hours_says_nothing_about_them() -> None:
    flow = rule(Unceasing("level", 1.0, 3600.0), during=DAY)
    async with bench(flow, MORNING - 2 * 3600) as one:
        one.say(5.0, False)
        await one.wait(3 * 3600 + 10, every=5)
        assert one.state("pit-1.r") == "NORM", "08:00: it ran before its hours"
        await one.wait(3610, every=5)
        assert one.state("pit-1.r") == "UNACK", "09:00"


async def test_what_is_counted_over_weeks_is_not_forgotten_outside_of_its_hours() -> None:
    of = rule(Unproven("light", 3 * 86400.0), during=DAY)
    async with bench(of, MORNING + 2 * 3600) as one:
        one.say(1.0, False)
        await one.wait(3.2 * 86400, every=300)
        assert one.state("pit-1.r") == "UNACK"


async def test_what_a_rule_remembers_is_stored_within_a_minute_with_its_alarm_and_when_it_is_no_more() -> (
    None
):
    flow = rule(Unceasing("level", 1.0, 3600.0))
    async with bench(flow, journal=(journal := TestJournal())) as one:
        one.say(5.0, False)
        await one.wait(61, every=1)
        kept = [change.marks["memory.pit-1.r"] for change in journal.changes if change.marks]
        assert len(kept) == 1
        await one.wait(600, every=1)
        assert len([change for change in journal.changes if change.marks]) == 1, "nothing new to keep"
        await one.wait(3000, every=5)
        assert one.state("pit-1.r") == "UNACK"
        assert [bool(change.events) for change in journal.changes if change.marks][1:] == [True]
        one.say(0.0, False)
        assert one.state("pit-1.r") == "RTN_UNACK"
        await one.wait(61, every=1)
        assert journal.changes[-1].marks == {"memory.pit-1.r": "null"}, "nothing runs any more"


async def test_many_rules_are_looked_at_a_few_at_a_time() -> None:
    rules = [replace(rule(Unceasing("level", 1.0, 3600.0)), id=f"pit-1.r{n}") for n in range(240)]
    async with Bench(
        rules, POINTS, clock=VirtualClock(wall=MORNING), journal=(journal := TestJournal())
    ) as one:
        one.say(5.0, False)
        await one.wait(60.25, every=0.25)
        sizes = [len(change.marks) for change in journal.changes if change.marks]
        assert sum(sizes) == 240
        assert max(sizes) <= 2


async def test_hours_that_ended_and_began_anew_while_we_were_down_count_anew() -> None:
    flow = rule(Unceasing("level", 1.0, 3600.0), during=DAY)
    for down, state in ((600.0, "UNACK"), (86_400.0 - 1200.0, "NORM")):
        async with bench(flow, MORNING + 2 * 3600) as one:
            one.say(5.0, False)
            await one.wait(3000, every=5)
            last = one.alarming.farewell(one.clock.now())
            wall, steady = one.clock.now()
        clock = VirtualClock(wall + down, steady + down)
        stored = Stored(marks=last.marks)
        async with Bench([flow], POINTS, clock=clock, stored=stored, alive=wall) as two:
            two.say(5.0, False)
            await two.wait(10, every=5)
            assert two.state("pit-1.r") == state, down


async def test_where_nobody_knows_how_long_we_were_down_hours_count_anew() -> None:
    flow = rule(Unceasing("level", 1.0, 3600.0), during=DAY)
    async with bench(flow, MORNING + 2 * 3600) as one:
        one.say(5.0, False)
        await one.wait(3000, every=5)
        last = one.alarming.farewell(one.clock.now())
        wall, steady = one.clock.now()
    async with Bench(
        [flow], POINTS, clock=VirtualClock(wall, steady), stored=Stored(marks=last.marks)
    ) as two:
        two.say(5.0, False)
        await two.wait(700, every=5)
        assert two.state("pit-1.r") == "NORM"


async def test_a_start_gives_an_alarm_the_priority_of_the_hour_at_once() -> None:
    urgent = rule(State("light", True), priority_at=((DAY, Priority.CRITICAL),), latching=True)
    async with bench(urgent, MORNING) as one:
        one.say(1.0, True)
        assert one.alarming.alarm("pit-1.r").priority is not Priority.CRITICAL
        row = one.alarming.alarm("pit-1.r")
    async with bench(urgent, MORNING + 2 * 3600, stored=Stored(alarms=(row,))) as two:
        assert two.alarming.alarm("pit-1.r").priority is Priority.CRITICAL


async def test_a_delay_that_begins_with_the_last_look_before_a_stop_is_not_lost() -> None:
    left_on = rule(State("light", True), during=DAY, on_delay=60.0)
    async with bench(left_on, MORNING + 3599.0, journal=(journal := TestJournal())) as one:
        one.say(1.0, True)
        one.clock.skip(1.0)
        one.alarming.farewell(one.clock.now())
        await one.writer.drain()
        [row] = [alarm for change in journal.changes for alarm in change.alarms]
        assert row.pending == Pending("raise", one.clock.now().steady + 60.0)
