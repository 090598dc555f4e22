"""What every journal promises, the one in memory that other tests use included.

A test class takes the suite by inheriting it and giving `bench`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause, Pending
from monitor.domain.audit import intact
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan, Outcome, Window
from monitor.domain.manual import Substitution
from monitor.domain.notification import Delivery, InboundMessage, Notification, Unless
from monitor.domain.people import AuditEntry
from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmKind, Priority
from monitor.domain.service import Mode, Service
from monitor.domain.suppression import Suppressions
from monitor.domain.workorder import Handover, OrderState, WorkOrder
from monitor.ports import Change, Journal, Page, Record, Stored

DAY = 86_400.0


class JournalAndRecord(Journal, Record, Protocol):
    """Both ports in one object."""


@dataclass
class Bench:
    """A journal under test, and the way to close it and open what it left."""

    journal: JournalAndRecord
    reopen: Callable[[], Awaitable[JournalAndRecord]]


def an_event(sequence: int, **changes: object) -> AlarmEvent:
    """A raised leak at second `sequence`."""
    event = AlarmEvent(
        sequence=sequence,
        alarm="pit1.overflow",
        kind=AlarmKind.LEAK,
        equipment="pit1",
        priority=Priority.CRITICAL,
        cause=EventCause.RAISED,
        before=AlarmState.NORM,
        after=AlarmState.UNACK,
        occurrence=1,
        annunciation=1,
        at=float(sequence),
        steady=sequence + 0.5,
    )
    return replace(event, **changes)  # type: ignore[arg-type]


def a_notification(id_: str, **changes: object) -> Notification:
    """A message that waits."""
    notification = Notification(
        id=id_,
        event=1,
        alarm="pit1.overflow",
        occurrence=1,
        annunciation=1,
        step=0,
        role="duty",
        channel="sms",
        due=30.0,
    )
    return replace(notification, **changes)  # type: ignore[arg-type]


def a_window(id_: str, start: float, outcome: Outcome = Outcome.OPEN, round_: str = "switch-rooms") -> Window:
    """Two hours from `start`."""
    return Window(id_, round_, start, start + 7200.0, start + 9000.0, outcome)


def a_scan(client_id: str, at: float = 10.0, **changes: object) -> CheckpointScan:
    """A visit to the switch room."""
    scan = CheckpointScan(client_id, "sw1", at, at + 1.0, "王小明")
    return replace(scan, **changes)  # type: ignore[arg-type]


def an_order(id_: str, created_at: float = 0.0, state: OrderState = OrderState.OPEN) -> WorkOrder:
    """A pump to repair."""
    return WorkOrder(id_, "2 號泵不起動", "pit1", "alarm:pit1.fault#1", created_at, "li", 1800.0, state)


async def every_page(read: Callable[[str | None], Awaitable[Page[object]]]) -> list[object]:
    """All items of a list, page by page."""
    items: list[object] = []
    cursor = None
    while True:
        page = await read(cursor)
        items.extend(page.items)
        if page.next is None:
            return items
        cursor = page.next


VALUES: list[Value | None] = [
    None,
    0.0,
    -12.5,
    1e300,
    0.1 + 0.2,
    12.0,
    12,
    -(2**53) - 1,
    True,
    False,
    "",
    "true",
    "12",
    "開\n'\"\\",
]


class JournalContract:
    """Inherit, and give a fixture `bench`."""

    # What is committed stands

    async def test_an_empty_journal_has_nothing(self, bench: Bench) -> None:
        assert await bench.journal.load() == Stored()
        assert await bench.journal.events() == Page(())

    async def test_everything_of_one_change_is_there_after_a_restart(self, bench: Bench) -> None:
        event = an_event(
            1,
            actor="li",
            note="看過了",
            value=3.25,
            quality=Quality.SUBSTITUTED,
            source_time=0.75,
            annunciates=True,
        )
        alarm = Alarm(
            "pit1.overflow",
            Priority.CRITICAL,
            occurrence=2,
            annunciation=3,
            active=True,
            acknowledged=False,
            latched=True,
            pending=Pending("clear", 99.5),
            frozen=True,
            suppressions=Suppressions(100.0, True, True, 200.0),
            raised_at=1.0,
            returned_at=2.0,
            acknowledged_at=3.0,
            acknowledged_by="li",
            value=True,
            active_since=1.5,
        )
        notification = a_notification(
            "n1",
            unless=Unless.RECEIPT,
            recipient="wang",
            address="+886900000000",
            language="zh-Hant",
            text="【值班】污水坑溢流",
            code="4711",
            attempts=2,
            state=Delivery.UNCERTAIN,
            reason="timeout",
            reference="k-1",
            created_at=1.0,
            sent_at=2.0,
            delivered_at=3.0,
            over=True,
        )
        inbound = InboundMessage("m1", "sms", "+886900000000", "4711", 5.0, "wang", "acknowledged")
        window = replace(a_window("w1", 0.0), decided_at=9.0, note="late bus")
        scan = a_scan("c1", answers={"clean": True, "volts": 230.5, "text": "乾"}, remarks=("out of range",))
        order = replace(
            an_order("o1"), on_site_at=1.0, repaired_at=2.0, verified_at=3.0, note="seal", overdue_at=4.0
        )
        handover = Handover("h1", 7.0, "li", "泵 2 待修", 3)
        entry = LogEntry("l1", 7.5, "li", "泵房有異味，已通風", "pit-1")
        service = Service("pit-1", Mode.COMMISSIONING, 8.0, 9.0, "wang", "new pump")
        stated = Substitution("pit-1.level", 1.25, 8.0, 9.0, "li", "probe broken, read by eye")
        await bench.journal.commit(
            [
                Change(
                    events=(event,),
                    alarms=(alarm,),
                    notifications=(notification,),
                    inbound=(inbound,),
                    windows=(window,),
                    scans=(scan,),
                    orders=(order,),
                    handovers=(handover,),
                    log=(entry,),
                    services=(service,),
                    substitutions=(stated,),
                    audit=(AuditEntry(1.0, "li", "alarm.acknowledged", "pit1.overflow"),),
                    marks={"clock": "1.0 2.0"},
                )
            ]
        )
        journal = await bench.reopen()
        assert await journal.load() == Stored(
            last_sequence=1,
            alarms=(alarm,),
            notifications=(notification,),
            windows=(window,),
            orders=(order,),
            services=(service,),
            substitutions=(stated,),
            marks={"clock": "1.0 2.0"},
        )
        assert (await journal.events()).items == (event,)
        assert (await journal.notifications()).items == (notification,)
        assert (await journal.inbound()).items == (inbound,)
        assert (await journal.windows(0.0, 1.0)).items == (window,)
        assert (await journal.scans(0.0, 100.0)).items == (scan,)
        assert (await journal.orders()).items == (order,)
        assert (await journal.handovers()).items == (handover,)
        assert (await journal.log()).items == (entry,)

    async def test_the_duty_log_is_found_by_time_and_equipment_newest_first(self, bench: Bench) -> None:
        rows = [LogEntry(f"l{i}", float(i), "li", f"entry {i}", "pit-1" if i % 2 else "") for i in range(6)]
        await bench.journal.commit([Change(log=tuple(rows))])
        await bench.journal.commit([Change(log=(replace(rows[0], text="changed later"),))])
        journal = await bench.reopen()
        assert [entry.id for entry in (await journal.log(1.0, 5.0)).items] == ["l4", "l3", "l2", "l1"]
        assert [entry.id for entry in (await journal.log(equipment="pit-1")).items] == ["l5", "l3", "l1"]
        assert (await journal.log()).items[-1].text == "entry 0", "an entry is written once"
        page = await journal.log(limit=4)
        assert [entry.id for entry in (await journal.log(limit=4, cursor=page.next)).items] == ["l1", "l0"]

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    async def test_a_value_keeps_its_type(self, bench: Bench, value: Value | None) -> None:
        alarm = Alarm("a.b", Priority.LOW, occurrence=1, value=value)
        await bench.journal.commit([Change(events=(an_event(1, value=value),), alarms=(alarm,))])
        [event] = (await bench.journal.events()).items
        [stored] = (await bench.journal.load()).alarms
        assert (event.value, type(event.value)) == (value, type(value))
        assert (stored.value, type(stored.value)) == (value, type(value))

    @pytest.mark.parametrize("quality", list(Quality), ids=lambda quality: quality.name)
    async def test_a_quality_is_kept(self, bench: Bench, quality: Quality) -> None:
        await bench.journal.commit([Change(events=(an_event(1, quality=quality),))])
        assert (await bench.journal.events()).items[0].quality is quality

    async def test_times_are_kept_to_the_last_digit(self, bench: Bench) -> None:
        event = an_event(1, at=1_795_000_000.123457, steady=0.1 + 0.2, source_time=1e-9)
        await bench.journal.commit([Change(events=(event,))])
        assert (await bench.journal.events()).items == (event,)

    async def test_many_changes_go_together_and_the_last_of_an_id_stands(self, bench: Bench) -> None:
        first, second = Alarm("a.b", Priority.LOW, occurrence=1), Alarm("a.b", Priority.HIGH, occurrence=2)
        sent = a_notification("n1", state=Delivery.RETRYING, attempts=1)
        await bench.journal.commit(
            [
                Change(alarms=(first,), notifications=(a_notification("n1"),), marks={"a": "1", "b": "1"}),
                Change(alarms=(second,), notifications=(sent,), marks={"a": "2"}),
            ]
        )
        stored = await bench.journal.load()
        assert stored.alarms == (second,)
        assert stored.notifications == (sent,)
        assert stored.marks == {"a": "2", "b": "1"}

    async def test_a_later_commit_replaces_rows_of_the_same_id(self, bench: Bench) -> None:
        message = InboundMessage("m1", "sms", "+1", "ok", 1.0)
        await bench.journal.commit(
            [Change(windows=(a_window("w1", 0.0),), orders=(an_order("o1"),), inbound=(message,))]
        )
        window = a_window("w1", 0.0, Outcome.MISSED)
        order = an_order("o1", state=OrderState.ON_SITE)
        answered = replace(message, outcome="acknowledged", person="li")
        await bench.journal.commit([Change(windows=(window,), orders=(order,), inbound=(answered,))])
        assert (await bench.journal.windows(0.0, 1.0)).items == (window,)
        assert (await bench.journal.orders()).items == (order,)
        assert (await bench.journal.inbound()).items == (answered,)

    async def test_a_scan_known_by_its_client_id_stays_as_it_was(self, bench: Bench) -> None:
        first = a_scan("c1", remarks=("first",))
        await bench.journal.commit(
            [Change(scans=(first,)), Change(scans=(a_scan("c1", remarks=("again",)),))]
        )
        await bench.journal.commit([Change(scans=(a_scan("c1", remarks=("and again",)),))])
        assert await bench.journal.scan("c1") == first
        assert (await bench.journal.scans(0.0, 100.0)).items == (first,)
        assert await bench.journal.scan("c2") is None

    async def test_nothing_to_commit_is_no_error(self, bench: Bench) -> None:
        await bench.journal.commit([])
        await bench.journal.commit([Change()])
        assert await bench.journal.load() == Stored()

    # What is loaded

    async def test_the_last_sequence_counts_all_commits(self, bench: Bench) -> None:
        await bench.journal.commit([Change(events=(an_event(1), an_event(2))), Change(events=(an_event(3),))])
        await bench.journal.commit([Change(events=(an_event(4),))])
        assert (await (await bench.reopen()).load()).last_sequence == 4

    @pytest.mark.parametrize(
        ("alarm", "loaded"),
        [
            (Alarm("a.b", Priority.LOW), False),
            (Alarm("a.b", Priority.LOW, frozen=True), False),
            (Alarm("a.b", Priority.LOW, occurrence=1), True),
            (Alarm("a.b", Priority.LOW, pending=Pending("raise", 5.0)), True),
            (Alarm("a.b", Priority.LOW, suppressions=Suppressions(shelved_until=9.0)), True),
            (Alarm("a.b", Priority.LOW, suppressions=Suppressions(by_design=True)), True),
            (Alarm("a.b", Priority.LOW, suppressions=Suppressions(out_of_service_until=9.0)), True),
        ],
    )
    async def test_alarms_that_matter_are_loaded(self, bench: Bench, alarm: Alarm, loaded: bool) -> None:
        await bench.journal.commit([Change(alarms=(alarm,))])
        assert (await bench.journal.load()).alarms == ((alarm,) if loaded else ())

    async def test_messages_that_may_still_move_are_loaded(self, bench: Bench) -> None:
        now = 1_795_000_000.0
        by_state = {state: a_notification(state.value, state=state, sent_at=now) for state in Delivery}
        old = a_notification("old", state=Delivery.SENT, sent_at=now - 3 * DAY - 1)
        within = a_notification("within", state=Delivery.DELIVERED, sent_at=now - 3 * DAY + 1)
        await bench.journal.commit([Change(notifications=(*by_state.values(), old, within))])
        loaded = {notification.id for notification in (await bench.journal.load()).notifications}
        assert loaded == {"waiting", "retrying", "uncertain", "sent", "delivered", "within"}

    async def test_open_windows_and_the_last_decided_of_each_round_are_loaded(self, bench: Bench) -> None:
        windows = (
            a_window("a1", 0.0, Outcome.MISSED, "a"),
            a_window("a2", DAY, Outcome.IN_TIME, "a"),
            a_window("a3", 2 * DAY, Outcome.OPEN, "a"),
            a_window("b1", 0.0, Outcome.LATE, "b"),
            a_window("c1", -DAY, Outcome.OPEN, "c"),
        )
        await bench.journal.commit([Change(windows=windows)])
        assert {window.id for window in (await bench.journal.load()).windows} == {"a2", "a3", "b1", "c1"}

    async def test_orders_that_are_not_done_are_loaded(self, bench: Bench) -> None:
        await bench.journal.commit(
            [Change(orders=tuple(an_order(state.value, 0.0, state) for state in OrderState))]
        )
        loaded = {order.id for order in (await bench.journal.load()).orders}
        assert loaded == {"open", "on_site", "repaired"}

    # Reading

    async def test_events_come_newest_first_or_oldest_first(self, bench: Bench) -> None:
        events = tuple(an_event(number) for number in range(1, 6))
        await bench.journal.commit([Change(events=events)])
        assert (await bench.journal.events()).items == events[::-1]
        assert (await bench.journal.events(oldest_first=True)).items == events

    async def test_events_are_chosen_by_time_alarm_and_equipment(self, bench: Bench) -> None:
        other = an_event(4, alarm="lift1.trapped", equipment="lift1")
        await bench.journal.commit([Change(events=(*(an_event(n) for n in (1, 2, 3)), other))])

        async def chosen(
            start: float | None = None,
            end: float | None = None,
            alarm: str | None = None,
            equipment: str | None = None,
        ) -> list[int]:
            page = await bench.journal.events(start, end, alarm=alarm, equipment=equipment)
            return [event.sequence for event in page.items]

        assert await chosen(2.0, 4.0) == [3, 2]
        assert await chosen(start=3.0) == [4, 3]
        assert await chosen(end=2.0) == [1]
        assert await chosen(alarm="lift1.trapped") == [4]
        assert await chosen(equipment="pit1") == [3, 2, 1]
        assert await chosen(equipment="pit1", start=3.0) == [3]

    async def test_events_keep_the_order_of_the_journal_when_the_clock_went_back(self, bench: Bench) -> None:
        await bench.journal.commit([Change(events=(an_event(1, at=100.0), an_event(2, at=50.0)))])
        assert [event.sequence for event in (await bench.journal.events()).items] == [2, 1]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
    @pytest.mark.parametrize("oldest_first", [False, True])
    async def test_pages_join_without_gap_or_repeat(
        self, bench: Bench, limit: int, oldest_first: bool
    ) -> None:
        events = [an_event(number) for number in range(1, 8)]
        await bench.journal.commit([Change(events=tuple(events))])
        found = await every_page(
            lambda cursor: bench.journal.events(limit=limit, cursor=cursor, oldest_first=oldest_first)
        )
        assert found == (events if oldest_first else events[::-1])

    async def test_what_arrives_between_two_pages_shifts_nothing(self, bench: Bench) -> None:
        await bench.journal.commit([Change(events=tuple(an_event(number) for number in range(1, 5)))])
        first = await bench.journal.events(limit=2)
        await bench.journal.commit([Change(events=(an_event(5),))])
        second = await bench.journal.events(limit=2, cursor=first.next)
        assert [event.sequence for event in (*first.items, *second.items)] == [4, 3, 2, 1]
        assert second.next is None

    async def test_rows_of_the_same_moment_are_paged_by_their_id(self, bench: Bench) -> None:
        ids = ("a", "b", "c", "d", "e")
        await bench.journal.commit(
            [
                Change(
                    notifications=tuple(a_notification(i) for i in ids),
                    inbound=tuple(InboundMessage(i, "sms", "+1", "", 5.0) for i in ids),
                    windows=tuple(a_window(i, 5.0) for i in ids),
                    scans=tuple(a_scan(i, 5.0) for i in ids),
                    orders=tuple(an_order(i, 5.0) for i in ids),
                    handovers=tuple(Handover(i, 5.0, "li", "") for i in ids),
                )
            ]
        )
        journal = bench.journal

        def named(items: list[object]) -> str:
            return "".join(str(getattr(item, "id", None) or item.client_id) for item in items)  # type: ignore[attr-defined]

        assert named(await every_page(lambda c: journal.notifications(limit=2, cursor=c))) == "edcba"
        assert named(await every_page(lambda c: journal.inbound(limit=2, cursor=c))) == "edcba"
        assert named(await every_page(lambda c: journal.windows(0.0, 10.0, limit=2, cursor=c))) == "abcde"
        assert named(await every_page(lambda c: journal.scans(0.0, 10.0, limit=2, cursor=c))) == "edcba"
        assert named(await every_page(lambda c: journal.orders(limit=2, cursor=c))) == "edcba"
        assert named(await every_page(lambda c: journal.handovers(limit=2, cursor=c))) == "edcba"

    async def test_notifications_are_chosen_by_alarm_and_occurrence(self, bench: Bench) -> None:
        rows = (
            a_notification("n1"),
            a_notification("n2", occurrence=2),
            a_notification("n3", alarm="lift1.trapped"),
        )
        await bench.journal.commit([Change(notifications=rows)])
        chosen = await bench.journal.notifications(alarm="pit1.overflow", occurrence=2)
        assert [notification.id for notification in chosen.items] == ["n2"]
        by_alarm = await bench.journal.notifications(alarm="lift1.trapped")
        assert [notification.id for notification in by_alarm.items] == ["n3"]

    @pytest.mark.parametrize(
        ("start", "end", "touches"),
        [
            (0.0, 7200.0, True),
            (-10.0, 0.0, False),
            (7200.0, 8000.0, False),
            (7199.0, 7201.0, True),
            (-1.0, 1.0, True),
        ],
    )
    async def test_windows_that_touch_the_span_are_found(
        self, bench: Bench, start: float, end: float, touches: bool
    ) -> None:
        window = a_window("w1", 0.0)
        await bench.journal.commit([Change(windows=(window,))])
        assert (await bench.journal.windows(start, end)).items == ((window,) if touches else ())

    async def test_what_stood_is_told_by_the_events_since_it_was_normal(self, bench: Bench) -> None:
        def moved(sequence: int, alarm: str, after: AlarmState, **more: object) -> AlarmEvent:
            return an_event(sequence, alarm=alarm, after=after, **more)

        up, down, seen = AlarmState.UNACK, AlarmState.NORM, AlarmState.ACK
        events = (
            moved(1, "a", up), moved(2, "a", down), moved(3, "a", up), moved(4, "b", up), moved(5, "a", seen),
            moved(6, "b", down), moved(7, "c", up, at=6.0), moved(8, "d", down),
        )  # fmt: skip
        alarms = tuple(Alarm(id_, Priority.HIGH) for id_ in "abcd")
        await bench.journal.commit([Change(events=events, alarms=alarms)])

        async def stood(at: float) -> list[int]:
            return [event.sequence for event in await bench.journal.standing(at)]

        found = {at: await stood(at) for at in (0.5, 1.0, 2.0, 3.5, 5.0, 6.0, 99.0)}
        assert found == {
            0.5: [], 1.0: [1], 2.0: [], 3.5: [3], 5.0: [3, 4, 5], 6.0: [3, 5, 7], 99.0: [3, 5, 7]
        }  # fmt: skip

    async def test_of_an_alarm_that_chattered_unseen_the_newest_events_are_told(self, bench: Bench) -> None:
        hidden = {"before": AlarmState.SUPPRESSED, "after": AlarmState.SUPPRESSED}
        events = tuple(an_event(number, alarm="a", **hidden) for number in range(1, 601))
        other = an_event(601, alarm="b")
        alarms = tuple(Alarm(id_, Priority.HIGH) for id_ in "ab")
        await bench.journal.commit([Change(events=(*events, other), alarms=alarms)])
        found = [event.sequence for event in await bench.journal.standing(999.0)]
        assert found == list(range(101, 602))

    async def test_messages_are_chosen_by_occurrence_and_by_when_they_moved(self, bench: Bench) -> None:
        rows = (
            a_notification("n1", created_at=1.0, sent_at=1.0, delivered_at=9.0),
            a_notification("n2", occurrence=2, created_at=5.0),
            a_notification("n3", alarm="lift1.trapped", created_at=2.0, sent_at=3.0),
        )
        await bench.journal.commit([Change(notifications=rows)])
        journal = bench.journal
        told = await journal.told([("pit1.overflow", 1), ("lift1.trapped", 1), ("nobody", 1)])
        assert [message.id for message in told] == ["n1", "n3"]
        assert await journal.told([]) == []
        moved = (await journal.notifications(start=4.0, end=6.0)).items
        assert {message.id for message in moved} == {"n1", "n2"}

    async def test_rows_of_a_span_are_chosen(self, bench: Bench) -> None:
        late = replace(an_order("o2", 2.0, OrderState.VERIFIED), verified_at=4.0)
        await bench.journal.commit(
            [
                Change(
                    orders=(
                        an_order("o1", 1.0),
                        late,
                        an_order("o3", 9.0),
                        an_order("o4", 2.0, OrderState.CANCELLED),
                    ),
                    handovers=tuple(Handover(str(at), float(at), "li", "") for at in range(4)),
                    inbound=tuple(InboundMessage(str(at), "sms", "+1", "", float(at)) for at in range(4)),
                    audit=tuple(AuditEntry(float(at), "li", "log", str(at)) for at in range(4)),
                )
            ]
        )
        journal = bench.journal
        assert [o.id for o in (await journal.orders(3.0, 5.0)).items] == ["o4", "o2", "o1"]
        assert [o.id for o in (await journal.orders(5.0, 6.0)).items] == ["o4", "o1"]
        assert [h.id for h in (await journal.handovers(1.0, 3.0)).items] == ["2", "1"]
        assert [m.id for m in (await journal.inbound(1.0, 3.0)).items] == ["2", "1"]
        audited = (await journal.audit(1.0, 3.0)).items
        assert [row.subject for row in audited] == ["2", "1"]
        head = await journal.audit_head()
        (newest,) = (await journal.audit(limit=1)).items
        assert (head.number, head.hash) == (newest.number, newest.hash)
        assert all(intact(row) for row in audited)

    async def test_windows_scans_and_orders_are_chosen(self, bench: Bench) -> None:
        await bench.journal.commit(
            [
                Change(
                    windows=(a_window("w1", 0.0, round_="a"), a_window("w2", 0.0, round_="b")),
                    scans=(a_scan("c1", 5.0), a_scan("c2", 6.0, checkpoint="sw2"), a_scan("c3", 7.0)),
                    orders=(an_order("o1"), an_order("o2", state=OrderState.CANCELLED)),
                )
            ]
        )
        journal = bench.journal
        assert [window.id for window in (await journal.windows(0.0, 1.0, round="b")).items] == ["w2"]
        assert [scan.client_id for scan in (await journal.scans(5.0, 7.0)).items] == ["c2", "c1"]
        assert [scan.client_id for scan in (await journal.scans(0.0, 9.0, checkpoint="sw2")).items] == ["c2"]
        assert [order.id for order in (await journal.orders(open_only=True)).items] == ["o1"]

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "!!!",
            "AAAA",
            "bnVsbA",
            "W10",
            "WyJldmVudHMiLCJhIl0",
            "é" * 3,
            "[" * 100,
            "1",
            "WyJldmVudHMiLDk5OTk5OTk5OTk5OTk5OTk5OTk5OV0",
        ],
    )
    async def test_a_strange_cursor_is_refused(self, bench: Bench, cursor: str) -> None:
        with pytest.raises(ValueError, match="cursor"):
            await bench.journal.events(cursor=cursor)

    async def test_a_cursor_of_another_list_is_refused(self, bench: Bench) -> None:
        await bench.journal.commit([Change(events=(an_event(1), an_event(2)))])
        page = await bench.journal.events(limit=1)
        with pytest.raises(ValueError, match="cursor"):
            await bench.journal.handovers(cursor=page.next)
        with pytest.raises(ValueError, match="cursor"):
            await bench.journal.events(cursor=page.next, oldest_first=True)

    @pytest.mark.parametrize("limit", [0, -1])
    async def test_a_page_of_nothing_is_refused(self, bench: Bench, limit: int) -> None:
        with pytest.raises(ValueError, match="limit"):
            await bench.journal.events(limit=limit)
