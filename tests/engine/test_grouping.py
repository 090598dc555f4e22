"""A power cut is one headline: who is told, what is listed, what comes back, over restarts too."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.alarm import Acknowledge, Shelve, Unshelve
from monitor.domain.causes import CauseRule, CauseTree, stands
from monitor.domain.point import Point
from monitor.domain.rules import AlarmKind, AlarmRule, Priority, Reported, Verdict
from monitor.engine.alarming import Refused
from monitor.ports import Stored
from tests.engine.bench import Bench, TestJournal
from tests.support.clock import VirtualClock

POINT = Point("mdb", "volts", stale_after=1e9)
POWER = "mdb.lost"
SUB = "sub.lost"
TREE = CauseTree(
    [
        CauseRule(POWER, frozenset({"pump.comm", "lift.trapped", SUB}), within=30, settle=20),
        CauseRule(SUB, frozenset({"lamp.comm"}), within=30, settle=20),
    ]
)


def rule(id_: str, priority: Priority = Priority.MEDIUM, on: float = 0.0) -> AlarmRule:
    return AlarmRule(id_, id_.split(".")[0], AlarmKind.STATE, Reported(id_), priority, on, 0.0)


RULES = [
    rule(POWER, Priority.HIGH),
    rule(SUB),
    rule("pump.comm"),
    rule("lamp.comm"),
    rule("lift.trapped", Priority.CRITICAL),
    rule("pit.level"),
]


def bench(rules: Sequence[AlarmRule] = RULES, **options: object) -> Bench:
    return Bench(rules, [POINT], causes=TREE, **options)  # type: ignore[arg-type]


def say(b: Bench, **verdicts: bool) -> None:
    for name, on in verdicts.items():
        b.alarming.report(name.replace("_", "."), Verdict.TRUE if on else Verdict.FALSE, b.clock.now())


def told(b: Bench) -> list[str]:
    return [event.alarm for event, _ in b.told]


async def ack(b: Bench, alarm: str) -> None:
    now = b.alarming.alarm(alarm)
    await b.alarming.command(alarm, Acknowledge(now.occurrence, now.annunciation, "chen"))


async def test_what_comes_while_a_cause_lasts_is_listed_under_it_and_only_the_cause_is_told() -> None:
    async with bench() as b:
        say(b, mdb_lost=True)
        await b.wait(5)
        say(b, pump_comm=True, pit_level=True)
        await b.wait(1)
        assert told(b) == [POWER, "pit.level"]
        assert b.state("pump.comm") == "SUPPRESSED"
        assert b.alarming.children(POWER) == ("pump.comm",)
        assert b.alarming.parent("pump.comm") == POWER
        assert b.alarming.parent("pit.level") is None
        raised = [e for e in b.journal.events if e.alarm == "pump.comm"]
        assert [(e.cause, e.note, e.annunciates) for e in raised] == [
            ("suppressed", POWER, False),
            ("raised", "", False),
        ]


async def test_what_came_shortly_before_its_cause_is_joined_and_what_is_older_is_not() -> None:
    rules = [*RULES, rule("old.comm")]
    tree = CauseTree([CauseRule(POWER, frozenset({"pump.comm", "old.comm"}), within=30, settle=20)])
    async with Bench(rules, [POINT], causes=tree) as b:
        say(b, old_comm=True)
        await b.wait(31)
        say(b, pump_comm=True)
        await b.wait(5)
        say(b, mdb_lost=True)
        await b.wait(1)
        assert b.alarming.children(POWER) == ("pump.comm",)
        assert (b.state("pump.comm"), b.state("old.comm")) == ("SUPPRESSED", "UNACK")
        assert told(b) == ["old.comm", "pump.comm", POWER]


async def test_a_child_raised_again_while_its_old_occurrence_is_open_is_joined_as_any_other() -> None:
    async with bench() as b:
        say(b, pump_comm=True)
        await b.wait(3600)
        say(b, pump_comm=False)
        await b.wait(60)
        say(b, pump_comm=True)  # nobody acknowledged the return: the same occurrence
        await b.wait(5)
        say(b, mdb_lost=True)
        await b.wait(1)
        assert b.alarming.alarm("pump.comm").occurrence == 1
        assert (b.state("pump.comm"), b.alarming.parent("pump.comm")) == ("SUPPRESSED", POWER)


async def test_a_critical_child_raised_again_within_its_occurrence_is_listed_under_the_cause_it_came_with() -> (
    None
):
    async with bench() as b:
        say(b, lift_trapped=True)
        await b.wait(3600)
        say(b, lift_trapped=False)
        say(b, mdb_lost=True)
        await b.wait(5)
        say(b, lift_trapped=True)
        await b.wait(1)
        assert (b.state("lift.trapped"), b.alarming.children(POWER)) == ("UNACK", ("lift.trapped",))


async def test_a_cause_raised_again_within_its_occurrence_explains_nothing_that_came_while_it_was_away() -> (
    None
):
    async with bench() as b:
        say(b, mdb_lost=True)
        await b.wait(5)
        say(b, mdb_lost=False)
        await b.wait(600)
        say(b, pump_comm=True)  # something of its own: the power was there
        await b.wait(600)
        say(b, mdb_lost=True)
        await b.wait(1)
        assert b.alarming.alarm(POWER).occurrence == 1
        assert (b.state("pump.comm"), b.alarming.parent("pump.comm")) == ("UNACK", None)


async def test_a_critical_child_is_told_and_listed() -> None:
    async with bench() as b:
        say(b, mdb_lost=True)
        await b.wait(1)
        say(b, lift_trapped=True)
        await b.wait(1)
        assert told(b) == [POWER, "lift.trapped"]
        assert b.state("lift.trapped") == "UNACK"
        assert b.alarming.children(POWER) == ("lift.trapped",)


async def test_a_child_that_stays_when_its_cause_ends_is_annunciated_anew_after_the_settle_time() -> None:
    async with bench() as b:
        say(b, mdb_lost=True, pump_comm=True)
        await ack(b, POWER)
        say(b, mdb_lost=False)
        await b.wait(19)
        assert (b.state(POWER), b.state("pump.comm")) == ("NORM", "SUPPRESSED")
        await b.wait(2)
        assert b.state("pump.comm") == "UNACK"
        assert told(b) == [POWER, "pump.comm"]
        assert b.alarming.parent("pump.comm") is None


async def test_a_cause_that_comes_again_while_it_settles_keeps_its_children() -> None:
    async with bench() as b:
        say(b, mdb_lost=True, pump_comm=True)
        say(b, mdb_lost=False)
        await b.wait(15)
        say(b, mdb_lost=True)
        await b.wait(60)
        assert b.state("pump.comm") == "SUPPRESSED"
        assert b.alarming.children(POWER) == ("pump.comm",)


async def test_children_that_return_are_closed_with_the_acknowledgement_of_their_headline() -> None:
    async with bench() as b:
        say(b, mdb_lost=True, pump_comm=True)
        say(b, mdb_lost=False, pump_comm=False)
        await b.wait(60)
        assert (b.state(POWER), b.state("pump.comm")) == ("RTN_UNACK", "SUPPRESSED")
        assert b.alarming.children(POWER) == ("pump.comm",)
        await ack(b, POWER)
        await b.wait(1)
        assert (b.state(POWER), b.state("pump.comm")) == ("NORM", "NORM")
        closed = [e for e in b.journal.events if e.alarm == "pump.comm" and e.cause == "acknowledged"]
        assert [(e.actor, e.note) for e in closed] == [("chen", POWER)]


async def test_children_that_return_after_their_headline_was_acknowledged_leave_by_themselves() -> None:
    async with bench() as b:
        say(b, mdb_lost=True, pump_comm=True)
        await ack(b, POWER)
        say(b, mdb_lost=False)
        await b.wait(10)
        say(b, pump_comm=False)
        await b.wait(1)
        assert b.state("pump.comm") == "NORM"
        assert told(b) == [POWER]


async def test_a_headline_that_is_shelved_explains_nothing_until_it_comes_back() -> None:
    async with bench() as b:
        say(b, mdb_lost=True, pump_comm=True)
        await b.wait(1)
        shelf = Shelve(1, 1, b.clock.now().wall + 600, "relay is being changed", "chen")
        await b.alarming.command(POWER, shelf)
        assert b.state("pump.comm") == "UNACK"
        await b.alarming.command(POWER, Unshelve("chen"))
        assert b.state("pump.comm") == "SUPPRESSED"


async def test_a_tree_of_boards_has_one_headline() -> None:
    async with bench() as b:
        say(b, sub_lost=True, lamp_comm=True)
        say(b, mdb_lost=True)
        await b.wait(1)
        assert b.alarming.parent("lamp.comm") == SUB
        assert b.alarming.parent(SUB) == POWER
        say(b, mdb_lost=False)
        await b.wait(30)
        assert (b.state(SUB), b.state("lamp.comm")) == ("UNACK", "SUPPRESSED")


async def test_messages_wait_while_a_cause_is_in_its_on_delay() -> None:
    async with bench([rule(POWER, Priority.HIGH, on=5), rule("pump.comm"), *RULES[1:2], *RULES[3:]]) as b:
        now = b.clock.now().steady
        say(b, mdb_lost=True, pump_comm=True, lift_trapped=True)
        await b.wait(1)
        due = {m.alarm: m.due - now for change in b.journal.changes for m in change.notifications}
        assert due == {"pump.comm": 6.0, "lift.trapped": 0.0}
        await b.wait(5)
        assert b.state("pump.comm") == "SUPPRESSED"


# No child is ever lost


NAMES = ["mdb_lost", "sub_lost", "pump_comm", "lamp_comm", "lift_trapped"]
MOVES = st.one_of(
    st.tuples(st.just("on"), st.sampled_from(NAMES)),
    st.tuples(st.just("off"), st.sampled_from(NAMES)),
    st.tuples(st.just("ack"), st.sampled_from(NAMES)),
    st.tuples(st.just("shelve"), st.sampled_from(NAMES)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 19, 25, 40])),
)


async def carry_out(b: Bench, verdicts: dict[str, bool], move: tuple[str, object]) -> None:
    what, which = move
    if what == "wait":
        await b.wait(float(which), every=5.0)  # type: ignore[arg-type]
        return
    name = str(which)
    if what in ("on", "off"):
        verdicts[name] = what == "on"
        say(b, **{name: what == "on"})
        return
    alarm = b.alarming.alarm(name.replace("_", "."))
    seen = (alarm.occurrence, alarm.annunciation)
    with contextlib.suppress(Refused):
        if what == "ack":
            await b.alarming.command(alarm.id, Acknowledge(*seen, "chen"))
        else:
            until = b.clock.now().wall + 15
            await b.alarming.command(alarm.id, Shelve(*seen, until, "why", "chen"))


def nobody_is_lost(b: Bench) -> None:
    for each in RULES:
        alarm = b.alarming.alarm(each.id)
        if not alarm.suppressions.by_design:
            continue
        headline = b.alarming.parent(each.id)
        assert headline is not None, f"{each.id} is hidden and listed nowhere"
        assert each.id in b.alarming.children(headline)
        assert alarm.priority is not Priority.CRITICAL
        top = headline
        while (above := b.alarming.parent(top)) is not None:
            top = above
        shown = b.alarming.alarm(top)
        settling = not shown.active and alarm.active
        assert settling or (stands(shown) and not shown.suppressions.any) or not alarm.active


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=25))
def test_every_hidden_alarm_is_listed_under_a_headline_that_is_shown(
    moves: list[tuple[str, object]],
) -> None:
    async def run() -> None:
        async with bench() as b:
            verdicts: dict[str, bool] = {}
            for move in moves:
                await carry_out(b, verdicts, move)
                nobody_is_lost(b)
            say(b, **dict.fromkeys(NAMES, False))
            await b.wait(60, every=5.0)
            for name in ("mdb.lost", "sub.lost"):
                await ack(b, name)
            await b.wait(60, every=5.0)
            hidden = [r.id for r in RULES if b.alarming.alarm(r.id).suppressions.by_design]
            assert hidden == []

    asyncio.run(run())


@settings(max_examples=40, deadline=None)
@given(st.lists(MOVES, max_size=12), st.lists(MOVES, max_size=12))
def test_a_restart_has_the_same_future_as_none(
    before: list[tuple[str, object]], after: list[tuple[str, object]]
) -> None:
    async def run(restart: bool) -> list[tuple[object, ...]]:
        clock = VirtualClock()
        verdicts: dict[str, bool] = {}
        async with bench(clock=clock) as first:
            for move in before:
                await carry_out(first, verdicts, move)
            if not restart:
                for move in after:
                    await carry_out(first, verdicts, move)
                await first.wait(1)
                return rows(first)
            await first.wait(0)
        alarms = tuple(first.alarming.alarm(r.id) for r in RULES)
        stored = Stored(last_sequence=1000, alarms=alarms)
        async with bench(clock=clock, stored=stored, journal=TestJournal()) as second:
            say(second, **verdicts)
            for move in after:
                await carry_out(second, verdicts, move)
            await second.wait(1)
            return rows(second)

    assert asyncio.run(run(restart=True)) == asyncio.run(run(restart=False))


def rows(b: Bench) -> list[tuple[object, ...]]:
    alarms = [b.alarming.alarm(r.id) for r in RULES]
    return [(a.id, a.state, a.underneath, a.occurrence, a.annunciation) for a in alarms]
