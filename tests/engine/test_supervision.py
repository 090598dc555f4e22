"""Rounds, orders and handovers in virtual time, with the daemon dying whenever it likes."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from monitor.domain.alarm import AlarmState
from monitor.domain.inspection import (
    AnswerKind,
    BadAnswer,
    Checkpoint,
    CheckpointScan,
    Compare,
    Item,
    Outcome,
    Round,
)
from monitor.domain.reading import Quality, Reading
from monitor.domain.workorder import OrderRefusal, OrderState
from monitor.engine.supervision import OrderRefused, UnknownCheckpoint, UnknownOrder
from monitor.engine.windowbook import WindowBook
from monitor.engine.writer import NotStored
from monitor.ports import Transient
from tests.engine.house import House, MemoryJournal, at
from tests.support.clock import VirtualClock, settle

DOOR = Checkpoint("door", "1 號配電房", equipment=("mdb-1",))
PIT = Checkpoint("pit", "東集水井")
ROUND = Round("power", "配電房巡視", ("door",), windows=((450, 510), (1170, 1230)), grace=600.0)
BOTH = Round("both", "全部", ("door", "pit"), windows=((450, 510),), grace=600.0)
MORNING = "power@2026-11-23T07:30+08:00"
EVENING = "power@2026-11-23T19:30+08:00"
NEXT = "power@2026-11-24T07:30+08:00"
BEFORE = "2026-11-22T23:00"
"""07:00 in Shanghai: the first window opens in half an hour."""


def house(
    *rounds: Round, journal: MemoryJournal | None = None, clock: VirtualClock | None = None, **more: object
) -> House:
    clock = clock or VirtualClock(wall=at(BEFORE))
    return House(journal, clock, rounds=rounds or (ROUND,), checkpoints=(DOOR, PIT), **more)  # type: ignore[arg-type]


def visit(house_: House, checkpoint: str = "door", client_id: str = "", ago: float = 0.0) -> CheckpointScan:
    now = house_.clock.now().wall
    return CheckpointScan(client_id or f"{checkpoint}-{now}", checkpoint, now - ago, now, "chen")


def outcomes(journal: MemoryJournal) -> dict[str, str]:
    return {
        row.id: row.outcome.value for row in journal.all_windows.values() if row.outcome is not Outcome.OPEN
    }


def causes(journal: MemoryJournal) -> list[str]:
    return [event.cause.value for event in journal.events]


# Windows


async def test_windows_are_rows_two_days_ahead_before_anything_happens() -> None:
    async with house() as h:
        rows = sorted(h.journal.all_windows.values(), key=lambda row: row.start)
        assert [row.id for row in rows] == [
            MORNING,
            EVENING,
            NEXT,
            "power@2026-11-24T19:30+08:00",
        ]
        assert h.supervision.next_due() is not None


async def test_a_window_that_nobody_walks_is_raised_at_the_end_of_its_grace_and_told() -> None:
    async with house() as h:
        await h.wait(6000 - 1, every=60)
        assert h.alarming.alarm("power.missed").state is AlarmState.NORM
        await h.wait(1)
        alarm = h.alarming.alarm("power.missed")
        assert (alarm.state, alarm.occurrence, alarm.value) == (AlarmState.UNACK, 1, "07:30-08:30")
        assert outcomes(h.journal) == {MORNING: "missed"}
        assert "漏巡：配電房巡視 07:30-08:30" in h.sms.sent[0].text


async def test_the_row_and_its_alarm_are_one_commit() -> None:
    async with house() as h:
        await h.wait(6001, every=60)
        (change,) = [change for change in h.journal.commits if change.events]
        assert [row.outcome for row in change.windows] == [Outcome.MISSED]
        assert [event.cause.value for event in change.events] == ["tripped"]
        assert change.notifications


async def test_a_round_walked_in_time_raises_nothing() -> None:
    async with house() as h:
        await h.wait(1860, every=60)
        result = await h.supervision.record_scan(visit(h))
        assert [row.outcome for row in result.windows] == [Outcome.IN_TIME]
        await h.wait(6000, every=60)
        assert causes(h.journal) == []
        assert outcomes(h.journal) == {MORNING: "in_time"}


async def test_a_round_walked_in_the_grace_is_late_and_raises_nothing() -> None:
    async with house() as h:
        await h.wait(5500, every=60)
        await h.supervision.record_scan(visit(h))
        await h.wait(1000, every=60)
        assert outcomes(h.journal) == {MORNING: "late"}
        assert causes(h.journal) == []


async def test_a_round_with_a_place_left_out_is_incomplete_and_says_how_much() -> None:
    async with house(BOTH) as h:
        await h.wait(1860, every=60)
        await h.supervision.record_scan(visit(h))
        await h.wait(6000, every=60)
        assert list(outcomes(h.journal).values()) == ["incomplete"]
        assert h.alarming.alarm("both.missed").value == "07:30-08:30 1/2"


async def test_the_next_window_completed_ends_the_alarm_and_the_record_keeps_the_miss() -> None:
    async with house() as h:
        await h.wait(6001, every=60)
        await h.wait(40_000, every=600)
        await h.supervision.record_scan(visit(h))
        await settle()
        assert h.alarming.alarm("power.missed").state is AlarmState.RTN_UNACK
        assert outcomes(h.journal) == {MORNING: "missed", EVENING: "in_time"}
        assert causes(h.journal) == ["tripped", "returned"]


async def test_an_acknowledgement_with_a_reason_excuses_and_keeps_that_it_was_missed() -> None:
    async with house() as h:
        await h.wait(6001, every=60)
        await h.acknowledge("power.missed", "停電，無法進入", "wang")
        row = h.journal.all_windows[MORNING]
        assert (row.outcome, row.note) == (Outcome.EXCUSED, "missed: 停電，無法進入 (wang)")
        assert row.decided_at == at("2026-11-23T00:40")
        assert h.alarming.alarm("power.missed").state is AlarmState.NORM


async def test_each_missed_window_is_an_occurrence_of_its_own() -> None:
    async with house() as h:
        await h.wait(50_000, every=300)
        assert outcomes(h.journal) == {MORNING: "missed", EVENING: "missed"}
        assert causes(h.journal) == ["tripped", "superseded", "tripped"]
        assert h.alarming.alarm("power.missed").occurrence == 2
        await h.acknowledge("power.missed", "two men short")
        assert outcomes(h.journal) == {MORNING: "missed", EVENING: "excused"}


# Downtime


async def test_a_window_missed_while_the_daemon_was_down_is_raised_at_start() -> None:
    async with house() as h:
        await h.wait(600)
        await h.crash()
    await h.clock.advance(10_000)
    async with house(journal=h.journal, clock=h.clock) as again:
        assert outcomes(h.journal) == {MORNING: "missed"}
        assert again.alarming.alarm("power.missed").occurrence == 1


async def test_windows_that_were_never_planned_are_made_up_for_one_occurrence_each() -> None:
    async with house() as h:
        await h.crash()
    await h.clock.advance(5 * 86_400)
    async with house(journal=h.journal, clock=h.clock) as again:
        assert len(outcomes(h.journal)) == 10
        assert set(outcomes(h.journal).values()) == {"missed"}
        assert again.alarming.alarm("power.missed").occurrence == 10
        starts = [row.start for row in h.journal.all_windows.values() if row.outcome is Outcome.MISSED]
        assert starts == sorted(starts)
        assert len(again.sms.sent) == 1  # one message: of the newest, the others are superseded


async def test_after_a_month_no_more_than_fifteen_days_are_made_up_for() -> None:
    async with house() as h:
        await h.crash()
    await h.clock.advance(40 * 86_400)
    async with house(journal=h.journal, clock=h.clock):
        missed = [row for row in h.journal.all_windows.values() if row.outcome is Outcome.MISSED]
        assert 30 <= len(missed) <= 34  # four rows stood planned from before


async def test_a_first_start_makes_up_for_nothing_but_asks_for_what_can_still_be_walked() -> None:
    async with house(clock=VirtualClock(wall=at("2026-11-23T00:15"))) as h:
        assert MORNING in h.journal.all_windows  # 08:15 local: open for another quarter of an hour
        assert len([row for row in h.journal.all_windows.values() if row.start < h.clock.now().wall]) == 1


@pytest.mark.parametrize("die_at", [600, 1800, 2400, 5000, 5700, 6100])
@pytest.mark.parametrize("down", [0, 300, 4000])
async def test_a_restart_in_the_middle_of_a_round_gives_the_same_future(die_at: int, down: int) -> None:
    async def play(interrupted: bool) -> tuple[dict[str, str], list[str], str]:
        h = house(BOTH)
        async with h:
            await h.wait(2000, every=20)
            await h.supervision.record_scan(visit(h))
            await h.wait(max(0, die_at - 2000), every=20)
            if interrupted:
                await h.crash()
        if interrupted:
            await h.clock.advance(down)
            h = house(BOTH, journal=h.journal, clock=h.clock)
        async with h:
            left = at(BEFORE) + 12_000 - h.clock.now().wall
            await h.wait(left, every=20)
            return outcomes(h.journal), causes(h.journal), h.alarming.alarm("both.missed").state.value

    assert await play(True) == await play(False)


async def test_restarting_again_and_again_raises_a_missed_window_once() -> None:
    h = house()
    async with h:
        await h.wait(6100, every=60)
    for _ in range(3):
        h = house(journal=h.journal, clock=h.clock)
        async with h:
            await h.wait(60)
    assert causes(h.journal) == ["tripped"]


async def test_a_miss_raised_before_a_restart_is_excused_after_it() -> None:
    async with house() as h:
        await h.wait(6100, every=60)
    async with house(journal=h.journal, clock=h.clock) as again:
        await again.acknowledge("power.missed", "strike")
        assert outcomes(h.journal) == {MORNING: "excused"}


async def test_a_crash_between_scan_and_window_loses_neither() -> None:
    async with house() as h:
        await h.wait(1900, every=60)
        scan = visit(h)
        await h.supervision.record_scan(scan)
        await h.crash()
    for change in list(h.journal.commits):  # as if the commit of the decided window had never come
        if any(row.outcome is Outcome.IN_TIME for row in change.windows):
            h.journal.commits.remove(change)
    async with house(journal=h.journal, clock=h.clock) as again:
        assert outcomes(h.journal) == {MORNING: "in_time"}
        result = await again.supervision.record_scan(scan)
        assert not result.stored


async def test_rounds_taken_out_of_the_configuration_leave_no_open_rows() -> None:
    async with house() as h:
        await h.crash()
    async with house(BOTH, journal=h.journal, clock=h.clock):
        gone = [row for row in h.journal.all_windows.values() if row.round == "power"]
        assert {(row.outcome, row.note) for row in gone} == {(Outcome.EXCUSED, "no longer planned")}


async def test_new_times_replace_the_rows_that_have_not_begun() -> None:
    async with house() as h:
        await h.wait(2400, every=60)
        await h.crash()
    moved = replace(ROUND, windows=((450, 510), (1200, 1260)))
    async with house(moved, journal=h.journal, clock=h.clock):
        rows = h.journal.all_windows
        assert rows[MORNING].outcome is Outcome.OPEN
        assert rows[EVENING].outcome is Outcome.EXCUSED
        assert rows["power@2026-11-23T20:00+08:00"].outcome is Outcome.OPEN


async def test_daylight_saving_moves_no_round() -> None:
    night = Round("night", "night", ("door",), windows=((150, 180),), grace=0.0)
    clock = VirtualClock(wall=at("2026-10-24T12:00"))
    async with house(night, clock=clock, timezone="Europe/Berlin") as h:
        await h.wait(1.9 * 86_400, every=300)
        assert sorted(outcomes(h.journal)) == [
            "night@2026-10-25T02:30+02:00",
            "night@2026-10-26T02:30+01:00",
        ]


# Scans


async def test_the_same_upload_twice_is_one_scan() -> None:
    async with house() as h:
        await h.wait(1900, every=60)
        scan = visit(h, client_id="phone-1")
        first, second = await asyncio.gather(h.supervision.record_scan(scan), h.supervision.record_scan(scan))
        third = await h.supervision.record_scan(replace(scan, checkpoint="pit"))
        assert [first.stored, second.stored, third.stored] == [True, False, False]
        assert second.windows == first.windows
        assert len(h.journal.all_scans) == 1


async def test_a_scan_is_answered_only_when_it_is_durable_even_when_it_is_repeated() -> None:
    async with house() as h:
        await h.wait(1900, every=60)
        scan = visit(h, client_id="phone-1")
        h.journal.trouble = Transient("disk full")
        with patch("monitor.engine.writer.PATIENCE", 0.01):
            for _ in range(2):
                with pytest.raises(NotStored):
                    await h.supervision.record_scan(scan)
        h.journal.trouble = None
        await h.wait(2)
        assert not (await h.supervision.record_scan(scan)).stored
        assert list(h.journal.all_scans) == ["phone-1"]
        assert outcomes(h.journal) == {MORNING: "in_time"}


async def test_a_walk_uploaded_after_it_was_judged_is_late_and_ends_the_alarm() -> None:
    async with house() as h:
        await h.wait(7000, every=60)
        assert outcomes(h.journal) == {MORNING: "missed"}
        await h.supervision.record_scan(visit(h, ago=4000))
        await settle()
        row = h.journal.all_windows[MORNING]
        assert (row.outcome, row.note) == (Outcome.LATE, "missed until uploaded")
        assert not h.alarming.alarm("power.missed").active


async def test_an_upload_for_an_older_miss_does_not_end_the_alarm_about_a_newer_one() -> None:
    async with house() as h:
        await h.wait(50_000, every=300)
        await h.supervision.record_scan(visit(h, ago=50_000 - 2000))
        await settle()
        assert outcomes(h.journal) == {MORNING: "late", EVENING: "missed"}
        assert h.alarming.alarm("power.missed").active


async def test_a_telephone_whose_clock_is_ahead_was_there_when_we_heard_of_it() -> None:
    async with house() as h:
        await h.wait(1900, every=60)
        await h.supervision.record_scan(visit(h, client_id="x", ago=-5000))
        assert h.journal.all_scans["x"].at == h.clock.now().wall


async def test_what_cannot_be_is_refused_by_name() -> None:
    async with house() as h:
        with pytest.raises(UnknownCheckpoint, match="cellar"):
            await h.supervision.record_scan(visit(h, "cellar"))
        with pytest.raises(BadAnswer, match="colour"):
            await h.supervision.record_scan(replace(visit(h), answers={"colour": "red"}))
        with pytest.raises(ValueError, match="at"):
            await h.supervision.record_scan(replace(visit(h), at=float("nan")))
        assert h.journal.all_scans == {}


@pytest.mark.parametrize(
    ("quality", "ago", "remarks"),
    [
        (Quality.GOOD, 0.0, ("temp: differs 25 (mdb-1.room_temp 31)",)),
        (Quality.STALE, 0.0, ()),
        (Quality.OUT_OF_RANGE, 0.0, ()),
        (Quality.GOOD, 700.0, ()),
    ],
)
async def test_a_number_is_compared_with_a_sensor_that_can_be_believed_and_is_of_that_time(
    quality: Quality, ago: float, remarks: tuple[str, ...]
) -> None:
    item = Item("temp", {"en": "Temp"}, AnswerKind.NUMBER, compare=Compare("mdb-1.room_temp", 3.0))
    door = replace(DOOR, items=(item,))
    reading = Reading("mdb-1.room_temp", 31.0, quality, None, 1.0)
    h = House(
        None,
        VirtualClock(wall=at(BEFORE)),
        rounds=(ROUND,),
        checkpoints=(door,),
        readings={reading.point: reading},
    )
    async with h:
        await h.supervision.record_scan(replace(visit(h, client_id="x", ago=ago), answers={"temp": 25.0}))
        assert h.journal.all_scans["x"].remarks == remarks


async def test_today_shows_what_was_seen_and_what_is_missing() -> None:
    async with house(ROUND, BOTH) as h:
        await h.wait(1900, every=60)
        await h.supervision.record_scan(visit(h))
        await h.crash()
    async with house(ROUND, BOTH, journal=h.journal, clock=h.clock) as again:
        power, both = again.supervision.today(again.clock.now())
        assert [status.window.id for status in power.windows] == [MORNING, EVENING]
        assert [status.missing for status in power.windows] == [(), ("door",)]
        assert [status.missing for status in both.windows] == [("pit",)]
        assert both.windows[0].seen["door"].actor == "chen"


def test_a_year_of_rounds_leaves_little_in_memory_and_misses_none() -> None:
    book = WindowBook([ROUND], "Asia/Shanghai")
    decided: list[str] = []
    for day in range(365):
        now = at(BEFORE) + day * 86_400
        book.take(CheckpointScan(f"scan-{day}", "door", now + 3600, now + 3600, "chen"))
        book.plan(now)
        decided += [row.outcome.value for row in book.judge(now)]
        book.prune(now)
    assert (decided.count("in_time"), decided.count("missed")) == (365, 364)
    assert len(book._rows["power"]) < 12
    assert len(book._scans) < 6


async def test_every_scan_has_a_name_and_a_time_in_the_audit() -> None:
    async with house() as h:
        await h.supervision.record_scan(visit(h))
        (entry,) = h.journal.audit
        assert (entry.actor, entry.action, entry.subject) == ("chen", "checkpoint.scan", "door")


# Orders


async def test_an_order_that_nobody_answers_in_half_an_hour_is_raised_once() -> None:
    async with house() as h:
        order = await h.supervision.open_order(title="Pump 2 blocked", equipment="pit-1", actor="wang")
        assert order.due == h.clock.now().wall + 1800
        await h.wait(1799, every=30)
        assert not h.alarming.alarm("orders.overdue").active
        await h.wait(1)
        alarm = h.alarming.alarm("orders.overdue")
        assert (alarm.active, alarm.value) == (True, "Pump 2 blocked pit-1")
        await h.crash()
    async with house(journal=h.journal, clock=h.clock) as again:
        await again.wait(300, every=30)
        assert again.alarming.alarm("orders.overdue").occurrence == 1


async def test_an_order_overdue_while_the_daemon_was_down_is_raised_at_start() -> None:
    async with house() as h:
        await h.supervision.open_order(title="Lamp", equipment="lamps-a", actor="wang", due=at(BEFORE) + 60)
        await h.crash()
    await h.clock.advance(120)
    async with house(journal=h.journal, clock=h.clock) as again:
        assert again.alarming.alarm("orders.overdue").active


async def test_somebody_on_site_at_the_last_late_order_ends_the_alarm() -> None:
    async with house() as h:
        one = await h.supervision.open_order(title="1", equipment="a", actor="wang")
        two = await h.supervision.open_order(title="2", equipment="b", actor="wang")
        await h.wait(1801, every=60)
        await h.supervision.move_order(one.id, OrderState.ON_SITE, "li")
        assert h.alarming.alarm("orders.overdue").active
        await h.supervision.move_order(two.id, OrderState.ON_SITE, "li")
        await settle()
        assert not h.alarming.alarm("orders.overdue").active
        assert {row.state for row in h.journal.orders.values()} == {OrderState.ON_SITE}


async def test_the_way_of_an_order_and_what_is_refused() -> None:
    async with house() as h:
        order = await h.supervision.open_order(
            title=" Valve ", equipment="pit-1", actor="wang", origin="scan:7"
        )
        assert (order.title, order.origin) == ("Valve", "scan:7")
        with pytest.raises(OrderRefused) as refused:
            await h.supervision.move_order(order.id, OrderState.VERIFIED, "wang")
        assert refused.value.refusal is OrderRefusal.NOT_FROM_HERE
        for state in (OrderState.ON_SITE, OrderState.ON_SITE, OrderState.REPAIRED, OrderState.VERIFIED):
            order = await h.supervision.move_order(order.id, state, "li")
        with pytest.raises(UnknownOrder):
            await h.supervision.move_order(order.id, OrderState.CANCELLED, "li", "late")
        with pytest.raises(ValueError, match="title"):
            await h.supervision.open_order(title=" ", equipment="", actor="wang")
        actions = [row.action for row in h.journal.audit]
        assert actions == ["order.open", "order.on_site", "order.repaired", "order.verified"]


async def test_a_handover_keeps_how_many_alarms_were_open() -> None:
    async with house() as h:
        await h.wait(6001, every=60)
        handover = await h.supervision.hand_over("chen", " Pump 2 on trial ")
        assert (handover.text, handover.open_alarms) == ("Pump 2 on trial", 1)
        assert [row.id for row in h.journal.handovers] == [handover.id]
        with pytest.raises(ValueError, match="text"):
            await h.supervision.hand_over("chen", "")
