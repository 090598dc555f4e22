"""The live view never grows with a slow reader; loops never stay dead; health tells the truth."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from monitor.domain.alarm import Alarm
from monitor.domain.notification import Notification
from monitor.domain.rules import AlarmKind, AlarmRule, Priority, Reported, Verdict
from monitor.engine.live import BEHIND, Live, Update
from monitor.engine.loops import Loops
from monitor.engine.selfwatch import Selfwatch, own_rules
from monitor.engine.tally import Tally
from tests.support.clock import VirtualClock, settle


def message(alarm: str, occurrence: int) -> Notification:
    return Notification(f"{alarm}-{occurrence}", 1, alarm, occurrence, 1, 0, "electrician", "phone", 0.0)


RULES = {
    name: AlarmRule(name, "watchroom", AlarmKind.SELF, Reported(name), priority)
    for name, priority in (("a", Priority.LOW), ("b", Priority.CRITICAL), ("c", Priority.CRITICAL))
}


def live() -> Live:
    return Live(RULES, {}, lambda _: (), lambda _: None)


def open_alarm(name: str, *, raised: float = 1.0, acknowledged: bool = False) -> Alarm:
    return Alarm(name, RULES[name].priority, 1, 1, active=True, acknowledged=acknowledged, raised_at=raised)


def test_the_most_urgent_stands_first_and_the_acknowledged_last() -> None:
    view = live()
    view.show(open_alarm("a"), stored=True)
    view.show(open_alarm("b", raised=1), stored=True)
    view.show(open_alarm("c", raised=2), stored=True)
    assert [one.alarm.id for one in view.alarms()] == ["c", "b", "a"]
    view.show(open_alarm("c", acknowledged=True), stored=True)
    assert [one.alarm.id for one in view.alarms()] == ["b", "a", "c"]


def test_an_alarm_that_is_normal_again_leaves_the_list() -> None:
    view = live()
    view.show(open_alarm("a"), stored=True)
    view.show(Alarm("a", Priority.LOW, 1, 1), stored=True)
    assert view.alarms() == ()


async def test_a_slow_reader_gets_the_latest_of_each_thing_once() -> None:
    view = live()
    reader = view.subscribe()
    for i in range(10_000):
        view.publish("reading", "pit-1.level", i)
    view.publish("reading", "pit-1.water", True)
    got: list[Update] = []
    async for update in reader:
        got.append(update)
        if len(got) == 2:
            break
    assert got == [Update("reading", "pit-1.level", 9_999), Update("reading", "pit-1.water", True)]
    reader.close()
    assert not view.watched


async def test_a_reader_that_takes_nothing_is_let_go_of_instead_of_filling_the_memory() -> None:
    view = live()
    asleep = view.subscribe()
    for i in range(BEHIND + 1):
        view.publish("reading", "pit-1.level", i)
        view.publish("event", str(i), i, keep=False)
    assert not view.watched, "nothing is kept for it any more"
    assert [update async for update in asleep] == [], "its stream ends, so that it comes back for a snapshot"


def test_messages_of_an_occurrence_that_another_one_replaced_are_forgotten() -> None:
    view = live()
    for occurrence in range(1, 50):
        alarm = replace(open_alarm("a"), occurrence=occurrence)
        view.show(alarm, stored=True)
        view.told(message("a", occurrence))
    assert len(view._told) == 1


def test_a_new_reader_starts_from_a_full_snapshot() -> None:
    view = live()
    view.show(open_alarm("a"), stored=True)
    view.publish("link", "hub", "down")
    assert [(u.topic, u.id) for u in view.subscribe().snapshot] == [("alarm", "a"), ("link", "hub")]


async def test_a_loop_that_dies_or_ends_is_started_again_and_told() -> None:
    clock = VirtualClock()
    selfwatch = Selfwatch(clock, Tally())
    told: list[tuple[str, Verdict]] = []
    selfwatch.raise_alarm = lambda subject, verdict, now, reason: told.append((subject, verdict))
    loops = Loops(clock, selfwatch)
    starts = 0

    async def mortal() -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise RuntimeError("bug")
        if starts == 2:
            return
        await asyncio.Event().wait()

    loops.keep("mortal", mortal)
    await settle()
    assert not selfwatch.health().ok
    assert told == [("loops", Verdict.TRUE)]
    await clock.advance(1)
    await clock.advance(2)
    assert starts == 3
    assert selfwatch.check().ok
    assert told[-1] == ("loops", Verdict.FALSE)
    await loops.stop()


async def test_stopping_is_not_dying() -> None:
    clock = VirtualClock()
    selfwatch = Selfwatch(clock, Tally())
    loops = Loops(clock, selfwatch)
    loops.keep("patient", asyncio.Event().wait)  # type: ignore[arg-type]
    await settle()
    await loops.stop()
    assert selfwatch.health().ok


async def test_a_loop_that_swallows_its_cancellation_once_is_stopped_all_the_same() -> None:
    """A daemon hung at SIGTERM: asyncio.wait_for met the cancellation just as its connection came up."""
    clock = VirtualClock()
    loops = Loops(clock, Selfwatch(clock, Tally()))
    swallowed = 0

    async def deaf_once() -> None:
        nonlocal swallowed
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed += 1
        await asyncio.Event().wait()

    loops.keep("deaf", deaf_once)
    await settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.engine.loops.ASK_AGAIN", 0.01)
        await asyncio.wait_for(loops.stop(), 5)
    assert swallowed == 1


def test_a_loop_that_no_longer_turns_is_ill_health_and_an_alarm() -> None:
    clock = VirtualClock()
    selfwatch = Selfwatch(clock, Tally())
    told: list[tuple[str, Verdict]] = []
    selfwatch.raise_alarm = lambda subject, verdict, now, reason: told.append((subject, verdict))
    turned = clock.now().steady
    selfwatch.expect("poller", lambda: turned - 11, limit=10)
    health = selfwatch.check()
    assert not health.ok
    assert "poller" in health.reasons[0]
    assert told == [("loops", Verdict.TRUE)]


def test_a_journal_that_does_not_write_is_ill_health() -> None:
    selfwatch = Selfwatch(VirtualClock(), Tally())
    selfwatch.journal_ok = lambda: False
    assert selfwatch.health().reasons == ("journal does not write",)


def test_our_own_alarms_speak_all_three_languages() -> None:
    for rule in own_rules():
        for text in (rule.title, rule.card.cause, rule.card.consequence, rule.card.action):
            assert set(text) == {"en", "zh-Hant", "zh-Hans"}
