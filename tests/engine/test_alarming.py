"""From a scan to a committed event: what the alarming centre promises, in virtual time."""

from __future__ import annotations

import pytest

from monitor.domain.alarm import Acknowledge, Refusal, Reset, Shelve
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
    Priority,
    Reported,
    SensorFault,
    Stale,
    Verdict,
)
from monitor.engine.alarming import Refused, UnknownAlarm
from monitor.engine.writer import NotStored
from monitor.ports import Change, Transient
from tests.engine.bench import Bench, TestJournal
from tests.support.clock import settle

LEVEL = Point("pit-1", "level", unit="m", range=(0, 4), stale_after=30)
WATER = Point("pit-1", "water", Kind.DISCRETE, stale_after=30)


def rule(
    name: str,
    condition: Condition,
    *,
    on: float = 5,
    off: float = 10,
    latching: bool = False,
    incident: bool = False,
    priority: Priority = Priority.HIGH,
) -> AlarmRule:
    return AlarmRule(
        f"pit-1.{name}",
        "pit-1",
        AlarmKind.LIMIT,
        condition,
        priority,
        on_delay=on,
        off_delay=off,
        latching=latching,
        incident=incident,
    )


HIGH = rule("level_high", High("level", 2.0, 0.2))


async def test_a_level_above_its_limit_for_the_on_delay_is_one_committed_event_with_its_message() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(4.5)
        assert bench.state("pit-1.level_high") == "NORM"
        await bench.wait(1)
        assert bench.state("pit-1.level_high") == "UNACK"
        [change] = [change for change in bench.journal.changes if change.events]
        assert [event.cause.value for event in change.events] == ["raised"]
        assert change.events[0].value == 2.5
        assert len(change.notifications) == 1, "the message is committed together with its event"


async def test_a_dip_below_the_limit_inside_the_on_delay_starts_the_delay_again() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(3)
        bench.say(1.9)
        bench.say(2.5)
        await bench.wait(3)
        assert bench.state("pit-1.level_high") == "NORM"
        await bench.wait(2.5)
        assert bench.state("pit-1.level_high") == "UNACK"


async def test_no_reading_is_not_normal_the_alarm_stays_when_the_device_goes_silent() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(6)
        bench.pipeline.answering("pit-1", False, "timeout")
        await bench.wait(600)
        assert bench.state("pit-1.level_high") == "UNACK"


async def test_a_delay_never_ends_on_bad_data_and_counts_from_its_start_when_good_data_returns() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(2)
        bench.say(None, bad={0: Quality.SENTINEL})
        await bench.wait(20)
        assert bench.state("pit-1.level_high") == "NORM"
        bench.say(2.5)
        assert bench.state("pit-1.level_high") == "UNACK", "the original deadline is past"


async def test_an_implausible_value_may_raise_and_never_clears() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(9.0)
        await bench.wait(6)
        assert bench.state("pit-1.level_high") == "UNACK"
        bench.say(-1.0)
        await bench.wait(60)
        assert bench.state("pit-1.level_high") == "UNACK"


async def test_a_polled_leak_needs_two_good_wet_reads_and_looking_twice_at_one_is_not_two() -> None:
    leak = rule("leak", Leak("water", 2), on=0, latching=True)
    async with Bench([leak], [WATER]) as bench:
        bench.say(True)
        await bench.wait(5)
        assert bench.state("pit-1.leak") == "NORM"
        bench.say(True)
        assert bench.state("pit-1.leak") == "UNACK"


async def test_a_latched_leak_stays_until_acknowledged_and_reset() -> None:
    leak = rule("leak", Leak("water", 1), on=0, off=0, latching=True)
    async with Bench([leak], [WATER]) as bench:
        bench.say(True)
        bench.say(False)
        assert bench.state("pit-1.leak") == "LATCH_UNACK"
        with pytest.raises(Refused) as refused:
            await bench.alarming.command("pit-1.leak", Reset(1, 1, "chen"))
        assert refused.value.refusal is Refusal.NOT_ACKNOWLEDGED
        await bench.alarming.command("pit-1.leak", Acknowledge(1, 1, "chen"))
        await bench.alarming.command("pit-1.leak", Reset(1, 1, "chen"))
        assert bench.state("pit-1.leak") == "NORM"


async def test_acknowledging_twice_leaves_one_event_and_one_audit_entry() -> None:
    async with Bench([rule("level_high", High("level", 2.0), on=0)], [LEVEL]) as bench:
        bench.say(3.0)
        for _ in range(2):
            alarm = await bench.alarming.command("pit-1.level_high", Acknowledge(1, 1, "chen", "seen"))
            assert alarm.state.value == "ACK"
        assert bench.causes() == ["raised", "acknowledged"]
        assert sum(len(change.audit) for change in bench.journal.changes) == 1


async def test_an_old_occurrence_cannot_be_acknowledged() -> None:
    async with Bench([rule("level_high", High("level", 2.0), on=0, off=0)], [LEVEL]) as bench:
        bench.say(3.0)
        bench.say(1.0)
        bench.say(3.0)
        with pytest.raises(Refused) as refused:
            await bench.alarming.command("pit-1.level_high", Acknowledge(1, 1, "chen"))
        assert refused.value.refusal is Refusal.OLD_ANNUNCIATION


async def test_a_command_on_an_alarm_that_nobody_configured_is_unknown() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        with pytest.raises(UnknownAlarm):
            await bench.alarming.command("pit-1.nothing", Acknowledge(1, 1, "chen"))


async def test_while_the_journal_cannot_write_an_alarm_is_shown_as_not_stored_and_commands_say_so() -> None:
    journal = TestJournal()
    async with Bench([rule("level_high", High("level", 2.0), on=0)], [LEVEL], journal=journal) as bench:
        journal.trouble = Transient("disk full")
        bench.say(3.0)
        await settle()
        [view] = bench.live.alarms()
        assert not view.stored
        command = bench.alarming.command("pit-1.level_high", Acknowledge(1, 1, "chen"))
        import monitor.engine.writer as writer

        writer_patience, writer.PATIENCE = writer.PATIENCE, 0.02
        try:
            with pytest.raises(NotStored):
                await command
        finally:
            writer.PATIENCE = writer_patience
        journal.trouble = None
        await bench.wait(5)
        assert bench.causes() == ["raised", "acknowledged"], "nothing was lost, in order"
        assert bench.live.alarms()[0].stored


async def test_a_shelf_hides_and_its_end_annunciates_what_is_still_active() -> None:
    async with Bench([rule("level_high", High("level", 2.0), on=0)], [LEVEL]) as bench:
        bench.say(3.0)
        until = bench.clock.now().wall + 60
        await bench.alarming.command("pit-1.level_high", Shelve(1, 1, until, "works", "chen"))
        assert bench.state("pit-1.level_high") == "SHELVED"
        await bench.wait(59)
        assert bench.state("pit-1.level_high") == "SHELVED"
        await bench.wait(2)
        assert bench.state("pit-1.level_high") == "UNACK"
        assert len(bench.told) == 2, "told when raised, and again when the shelf ended"


async def test_a_missed_round_is_one_occurrence_each_and_its_row_is_committed_with_it() -> None:
    missed = rule("missed", Reported("round"), on=0, off=0, incident=True)
    async with Bench([missed], [LEVEL]) as bench:
        for name in ("first", "second"):
            bench.alarming.trip("pit-1.missed", bench.clock.now(), along=Change(marks={name: "x"}))
        await settle()
        assert [e.occurrence for e in bench.journal.events if e.cause.value == "tripped"] == [1, 2]
        assert [sorted(change.marks) for change in bench.journal.changes] == [["first"], ["second"]]
        with pytest.raises(Refused) as refused:
            await bench.alarming.command("pit-1.missed", Acknowledge(2, 1, "chen"))
        assert refused.value.refusal is Refusal.REASON_MISSING
        await bench.alarming.command("pit-1.missed", Acknowledge(2, 1, "chen", "door was locked"))
        assert bench.state("pit-1.missed") == "NORM"


async def test_our_own_troubles_have_delays_too() -> None:
    historian = rule("historian", Reported("historian"), on=5, off=10)
    async with Bench([historian], [LEVEL]) as bench:
        bench.alarming.report("pit-1.historian", Verdict.TRUE, bench.clock.now(), "connection refused")
        await bench.wait(4)
        assert bench.state("pit-1.historian") == "NORM"
        await bench.wait(2)
        assert bench.state("pit-1.historian") == "UNACK"
        assert bench.alarming.alarm("pit-1.historian").value == "connection refused", "it says what is wrong"


async def test_a_device_that_does_not_answer_raises_comm_only_and_its_return_clears_it() -> None:
    rules = [
        rule("comm", Comm(), on=60),
        rule("stale", Stale(("level",)), on=5),
        rule("level_fault", SensorFault("level"), on=30),
        HIGH,
    ]
    async with Bench(rules, [LEVEL]) as bench:
        bench.say(1.0)
        bench.pipeline.answering("pit-1", True, "")
        bench.pipeline.answering("pit-1", False, "timeout")
        await bench.wait(300)
        assert [e.alarm for e in bench.journal.events] == ["pit-1.comm"]
        bench.pipeline.answering("pit-1", True, "")
        bench.say(1.0)
        await bench.wait(11)
        assert bench.causes() == ["raised", "returned"]


async def test_a_sensor_that_went_silent_raises_stale() -> None:
    async with Bench([rule("stale", Stale(("water",)), on=0)], [WATER], pushed=True) as bench:
        bench.say(False)
        await bench.wait(29)
        assert bench.state("pit-1.stale") == "NORM"
        await bench.wait(3)
        assert bench.state("pit-1.stale") == "UNACK"
        reading = bench.latest["pit-1"].reading("water")
        assert (reading.value, reading.quality) == (False, Quality.STALE)


async def test_a_sentinel_is_a_sensor_fault_and_no_number() -> None:
    async with Bench([rule("level_fault", SensorFault("level"), on=30)], [LEVEL]) as bench:
        bench.say(None, bad={0: Quality.SENTINEL})
        await bench.wait(31)
        assert bench.state("pit-1.level_fault") == "UNACK"
        assert bench.latest["pit-1"].reading("level").value is None


async def test_a_restart_in_the_middle_of_a_delay_treats_the_downtime_as_bad_data() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(2)
        stored = await bench.journal.load()
        clock = bench.clock
    assert stored.alarms[0].pending is not None, "a delay that runs is saved within a second"
    await clock.advance(3600)
    async with Bench([HIGH], [LEVEL], clock=clock, stored=stored) as again:
        await again.wait(30)
        assert again.state("pit-1.level_high") == "NORM", "no data, no alarm"
        again.say(2.5)
        assert again.state("pit-1.level_high") == "UNACK", "the same condition: the original deadline counts"


async def test_a_restart_keeps_an_open_acknowledged_alarm_as_it_was_and_tells_nobody_again() -> None:
    instant = rule("level_high", High("level", 2.0), on=0, off=0)
    async with Bench([instant], [LEVEL]) as bench:
        bench.say(3.0)
        await bench.alarming.command("pit-1.level_high", Acknowledge(1, 1, "chen"))
        stored, clock = await bench.journal.load(), bench.clock
    async with Bench([instant], [LEVEL], clock=clock, stored=stored) as again:
        assert again.state("pit-1.level_high") == "ACK"
        again.say(3.0)
        await again.wait(60)
        assert again.causes() == []
        assert again.told == []
        again.say(1.0)
        await settle()
        assert [(e.cause.value, e.sequence) for e in again.journal.events] == [("returned", 3)]


async def test_an_open_alarm_whose_rule_was_removed_is_closed_in_the_record() -> None:
    instant = rule("level_high", High("level", 2.0), on=0)
    async with Bench([instant], [LEVEL]) as bench:
        bench.say(3.0)
        await settle()
        stored = await bench.journal.load()
    async with Bench([], [LEVEL], stored=stored) as again:
        await settle()
        [change] = again.journal.changes
        assert change.alarms[0].state.value == "NORM"


async def test_too_few_lamps_are_told_with_the_figure() -> None:
    lamps = [Point("pit-1", f"lamp_{n}", Kind.DISCRETE, stale_after=30) for n in range(20)]
    few = rule("lamps", AvailabilityBelow(tuple(lamp.key for lamp in lamps), None, 0.95), on=0)
    async with Bench([few], lamps) as bench:
        bench.say(*[False] * 2, *[True] * 18)
        await settle()
        [event] = bench.journal.events
        assert (event.cause.value, event.value) == ("raised", 0.9)


async def test_a_removed_rule_closes_its_occurrence_with_an_event_and_only_once() -> None:
    """A replay of the journal would show it active for ever, and each start would log it again."""
    instant = rule("level_high", High("level", 2.0), on=0)
    async with Bench([instant], [LEVEL]) as bench:
        bench.say(3.0)
        await settle()
        stored, clock = await bench.journal.load(), bench.clock
    async with Bench([], [LEVEL], clock=clock, stored=stored) as again:
        await settle()
        [event] = again.journal.events
        assert (event.alarm, event.equipment, event.cause.value) == (
            "pit-1.level_high",
            "pit-1",
            "rule_removed",
        )
        assert (event.before.value, event.after.value, event.occurrence) == ("UNACK", "NORM", 1)
        closed = await again.journal.load()
    async with Bench([], [LEVEL], clock=clock, stored=closed) as third:
        await settle()
        assert third.journal.commits == []


async def test_people_see_while_the_data_cannot_say_whether_an_alarm_still_holds_and_when_it_can_again() -> (
    None
):
    instant = rule("level_high", High("level", 2.0), on=0)

    def doubtful(bench: Bench) -> bool:
        view = bench.live.alarm("pit-1.level_high")
        assert view is not None
        return view.alarm.frozen

    async with Bench([instant], [LEVEL]) as bench:
        bench.say(3.0)
        await settle()
        assert not doubtful(bench)
        bench.say(None, bad={0: Quality.SENTINEL})
        assert doubtful(bench)
        bench.say(3.0)
        assert not doubtful(bench)
        stored, clock = await bench.journal.load(), bench.clock
    async with Bench([instant], [LEVEL], clock=clock, stored=stored) as again:
        assert doubtful(again), "nothing was read since the start"
        again.say(3.0)
        assert not doubtful(again)


async def test_what_is_committed_late_does_not_bring_an_old_doubt_back() -> None:
    instant = rule("level_high", High("level", 2.0), on=0)
    async with Bench([instant], [LEVEL]) as bench:
        bench.say(3.0)
        bench.say(None, bad={0: Quality.SENTINEL})  # before the commit of the alarm
        await settle()
        view = bench.live.alarm("pit-1.level_high")
        assert view is not None
        assert view.alarm.frozen


async def test_an_unchanged_reading_costs_no_event_and_no_commit() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        for _ in range(100):
            bench.say(1.0)
            await bench.wait(1)
        assert bench.journal.commits == []


async def test_the_wall_clock_stepped_by_hours_neither_raises_nor_clears() -> None:
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        bench.clock.step_wall(7200)
        await bench.wait(2)
        assert bench.state("pit-1.level_high") == "NORM"
        await bench.wait(4)
        assert bench.state("pit-1.level_high") == "UNACK"
        bench.clock.step_wall(-14400)
        bench.say(1.0)
        await bench.wait(5)
        assert bench.state("pit-1.level_high") == "UNACK"


async def test_a_condition_that_held_for_the_whole_delay_raises_even_if_nobody_looked_at_that_moment() -> (
    None
):
    async with Bench([HIGH], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.clock.advance(5.1)
        bench.say(1.0)
        await settle()
        assert bench.causes() == ["raised"]


async def test_one_wet_read_before_a_restart_and_one_after_it_are_two() -> None:
    leak = rule("leak", Leak("water", 2), on=0, latching=True)
    async with Bench([leak], [WATER]) as bench:
        bench.say(True)
        await bench.wait(1)
        stored, clock = await bench.journal.load(), bench.clock
    async with Bench([leak], [WATER], clock=clock, stored=stored) as again:
        again.say(True)
        assert again.state("pit-1.leak") == "UNACK"


async def test_a_sensor_that_speaks_again_and_falls_silent_is_missed_in_time_whatever_the_others_may() -> (
    None
):
    slow = Point("pit-1", "battery", stale_after=86_400)
    async with Bench([rule("stale", Stale(("water",)), on=0, off=0)], [WATER, slow], pushed=True) as bench:
        bench.say(False, 90.0)
        await bench.wait(40)
        assert bench.state("pit-1.stale") == "UNACK"
        bench.say(water=False)
        assert bench.state("pit-1.stale") == "RTN_UNACK"
        await bench.wait(31)
        assert bench.state("pit-1.stale") == "UNACK", "30 s, not the day of the battery"


async def test_the_wall_clock_stepped_by_hours_ends_no_delay_and_makes_nothing_stale() -> None:
    async with Bench([HIGH, rule("stale", Stale(("level",)), on=0)], [LEVEL]) as bench:
        bench.say(2.5)
        await bench.wait(2)
        for hours in (7, -14, 7):
            bench.clock.step_wall(hours * 3600)
            bench.pipeline.tick(bench.clock.now())
            bench.alarming.tick(bench.clock.now())
        assert bench.state("pit-1.level_high") == "NORM"
        assert bench.state("pit-1.stale") == "NORM"
        await bench.wait(3.5)
        assert bench.causes() == ["raised"]


async def test_what_was_not_asked_yet_after_a_start_is_no_alarm_and_what_is_dead_comes_in_its_time() -> None:
    """After a power cut of the whole plant room: no flood at the start, and nothing forgotten."""
    rules = [rule("comm", Comm(), on=60), rule("stale", Stale(("level",)), on=5), HIGH]
    async with Bench(rules, [LEVEL]) as bench:
        await bench.wait(29)
        assert bench.causes() == [], "nobody has been asked yet"
        bench.pipeline.answering("pit-1", False, "timeout")
        await bench.wait(59)
        assert bench.causes() == []
        await bench.wait(2)
        assert [(event.alarm, event.cause.value) for event in bench.journal.events] == [
            ("pit-1.comm", "raised")
        ]
