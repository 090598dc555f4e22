"""A restart gives the same future as a life in which the downtime was bad data; a reload gives the very same life."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from monitor.domain.alarm import Alarm, AlarmEvent, EventCause
from monitor.domain.rules import AlarmRule, High
from tests.engine.house import MemoryJournal
from tests.engine.twins import Centre, by_the_clock, everything, happened, rules, script
from tests.support.clock import VirtualClock

EACH, CHUNK = 8, 122
"""Lives in one quick test, and in a slow one."""
FEW = [range(start, start + EACH) for start in (0, EACH)]
LIVES = int(os.environ.get("LIVES", "0"))
"""How many lives of each kind, where somebody asks for so many."""


def _many(lives: int) -> list[Any]:
    """The rest of so many: they take a minute, so that `make check` does without them."""
    lives = LIVES or lives
    chunks = [range(start, min(start + CHUNK, lives)) for start in range(2 * EACH, lives, CHUNK)]
    return [pytest.param(chunk, marks=pytest.mark.slow) for chunk in chunks]


DOWN = (0.5, 4.0, 30.0, 400.0)


def _plan(seed: int) -> dict[int, float]:
    """Before which moves of this life it is disturbed, and for how many seconds."""
    return {7 + seed % 5: DOWN[seed % 4], 22 + seed % 11: DOWN[seed // 4 % 4]}


async def _life(
    seed: int, disturb: str, of: Callable[[int], list[AlarmRule]] = rules
) -> tuple[Centre, list[tuple[float, float]]]:
    """One life, and the times [start, end] of its disturbances (steady)."""
    centre = await Centre(
        of(seed), MemoryJournal(), VirtualClock(wall=1_800_000_000.0, steady=1024.0)
    ).start()
    gaps = []
    for n, move in enumerate(script(seed)):
        if (down := _plan(seed).get(n)) is not None:
            begin = centre.clock.now().steady
            if disturb == "kill":
                centre = await centre.restarted(down)
            elif disturb == "stop":
                centre = await centre.stopped(down)
            elif disturb.startswith("blind"):
                centre = await centre.blinded(down, last_look=disturb.endswith("last look"))
            elif disturb == "reload":
                centre = await centre.reloaded()
            gaps.append((begin, centre.clock.now().steady))
        await centre.play(move)
    await centre.wait(2000.0)
    return centre, gaps


def _made_up(event: AlarmEvent, gaps: list[tuple[float, float]]) -> AlarmEvent:
    """What the clock alone does in a downtime (a shelf ends) is done at the start that follows."""
    for begin, end in gaps:
        if begin < event.steady <= end:
            return replace(event, at=event.at + end - event.steady, steady=end)
    return event


def _standing(alarm: Alarm) -> tuple[Any, ...]:
    return (
        alarm.state,
        alarm.underneath,
        alarm.occurrence,
        alarm.annunciation,
        alarm.pending,
        alarm.priority,
    )


def _told(centre: Centre) -> set[tuple[Any, ...]]:
    rows = centre.journal.notifications.values()
    return {(row.alarm, row.occurrence, row.annunciation, row.step, row.channel, row.over) for row in rows}


def _alike(one: Centre, other: Centre, seed: int, gaps: list[tuple[float, float]]) -> None:
    numbers = [event.sequence for event in one.journal.events]
    assert numbers == list(range(1, len(numbers) + 1)), seed
    if _told_otherwise(other.journal.events, gaps):
        return  # and people, who see another list, do other things
    expected = happened(_made_up(event, gaps) for event in other.journal.events)
    assert happened(one.journal.events) == expected, seed
    for rule in other.rules:
        assert _standing(one.alarm(rule)) == _standing(other.alarm(rule)), (seed, rule.id)
    assert _told(one) == _told(other), seed


def _told_otherwise(events: Iterable[AlarmEvent], gaps: list[tuple[float, float]]) -> bool:
    """Whether time moved an alarm in a downtime in which its suppression ended too (in one life of thirty): at the start people
    hear how it now is, and not first how it was."""
    ended, moved = set(), set()
    for event in events:
        if any(begin < event.steady <= end for begin, end in gaps):
            (ended if event.cause in (EventCause.SHELF_ENDED, EventCause.IN_SERVICE) else moved).add(
                event.alarm
            )
    return bool(ended & moved)


@pytest.mark.parametrize("seeds", [*FEW, *_many(1000)])
async def test_a_kill_and_a_start_have_the_future_of_a_life_that_saw_bad_data(seeds: range) -> None:
    for seed in seeds:
        restarted, _ = await _life(seed, "kill", rules)
        twin, gaps = await _life(seed, "blind", rules)
        _alike(restarted, twin, seed, gaps)


@pytest.mark.parametrize("seeds", [*FEW, *_many(200)])
async def test_a_stop_and_a_start_have_that_future_with_rules_that_remember_as_well(seeds: range) -> None:
    for seed in seeds:
        restarted, _ = await _life(seed, "stop", by_the_clock)
        twin, gaps = await _life(seed, "blind, with a last look", by_the_clock)
        _alike(restarted, twin, seed, gaps)


AHEAD_OF_THE_GRID = range(451, 452)
"""Here the reload comes when a window is over that is looked at only every five seconds: nobody may look before."""


@pytest.mark.parametrize("seeds", [*FEW, AHEAD_OF_THE_GRID, *_many(100)])
async def test_a_reload_that_changes_no_rule_changes_nothing(seeds: range) -> None:
    for seed in seeds:
        reloaded, _ = await _life(seed, "reload", everything)
        twin, _ = await _life(seed, "none", everything)
        _alike(reloaded, twin, seed, [])


async def _at(level: float) -> Centre:
    """A life with one rule, five seconds of its delay gone."""
    high = next(rule for rule in rules(3) if isinstance(rule.condition, High))
    high = replace(high, on_delay=10.0, levels=(), re_alarm=None)
    centre = await Centre([high], MemoryJournal(), VirtualClock()).start()
    centre.scan(level)
    await centre.wait(5.0)
    return centre


async def test_a_reload_in_the_middle_of_a_delay_waits_for_no_new_reading() -> None:
    centre = await (await _at(2.5)).reloaded()
    await centre.wait(5.5)
    assert centre.alarm(centre.rules[0]).state.value == "UNACK"


async def test_a_limit_raised_by_a_reload_is_judged_at_once() -> None:
    before = await _at(2.5)
    relaxed = replace(before.rules[0], condition=High("level", 3.0, 0.2))
    after = await before.reloaded([relaxed])
    assert after.alarm(relaxed).pending is None
    await after.wait(60.0)
    assert after.alarm(relaxed).state.value == "NORM"
