"""Many messages for one person: gathered, capped by the day, answered by one code, whatever crashes between."""

from __future__ import annotations

import asyncio

from monitor.domain.escalation import Match, Policy
from monitor.domain.notification import Delivery, InboundMessage, Notification
from monitor.domain.pacing import Allowance
from monitor.domain.rules import Priority
from monitor.domain.sms import fits
from monitor.ports import Heard, Receipt, Transient, Uncertain
from tests.engine.house import CHEN, ESCALATION, House, plain_rule
from tests.support.clock import settle

FIRST_STEP = (Policy(Match(), ESCALATION[:1]),)
RULES = [plain_rule(f"fault_{i}", Priority.MEDIUM) for i in range(12)]
CRITICAL = plain_rule("trapped", Priority.CRITICAL)


def house(**options: object) -> House:
    return House(rules=[*RULES, CRITICAL], policies=FIRST_STEP, **options)  # type: ignore[arg-type]


async def flood(h: House, count: int = 8, start: int = 0) -> None:
    for i in range(start, start + count):
        await h.raise_(f"fault_{i}")


def rows(h: House) -> dict[str, Notification]:
    return {row.alarm.removeprefix("pit-1."): row for row in h.journal.notifications.values()}


def reply(code: str, id_: str = "r1") -> Heard:
    return Heard(messages=(InboundMessage(id_, "sms", CHEN.phone, code, 5.0),))


async def test_three_go_one_by_one_and_what_follows_is_one_text_with_one_code() -> None:
    async with house() as h:
        await flood(h)
        assert [row.alarm for row in h.sms.sent] == [f"pit-1.fault_{i}" for i in range(3)]
        assert {rows(h)[f"fault_{i}"].reason for i in range(3, 8)} == {"gathered"}
        await h.wait(31)
        assert len(h.sms.sent) == 4
        digest = h.sms.sent[3]
        assert digest.text.startswith("【河畔物業】5項報警：")
        assert f"回覆{digest.code}確認以上各項" in digest.text
        assert fits(digest.text, 2)
        named = [f"fault_{i}" for i in range(3, 8) if f"fault_{i}" in digest.text]
        assert len(named) >= 3
        assert {rows(h)[name].code for name in named} == {digest.code}
        assert {rows(h)[name].state for name in named} == {Delivery.SENT}


async def test_its_code_acknowledges_exactly_what_it_listed() -> None:
    async with house() as h:
        await flood(h)
        await h.wait(31)
        digest = h.sms.sent[3]
        await h.dispatching.heard("sms", reply(digest.code))
        await settle()
        for i in range(8):
            listed = i >= 3 and f"fault_{i}" in digest.text
            assert h.alarming.alarm(f"pit-1.fault_{i}").acknowledged is listed
        assert h.journal.inbound[-1].outcome == "acknowledged"


async def test_what_a_text_only_counts_is_said_of_its_alarm() -> None:
    long = [plain_rule(f"{'x' * 30}_{i}", Priority.MEDIUM) for i in range(12)]
    async with House(rules=long, policies=FIRST_STEP) as h:
        for rule in long:
            await h.raise_(rule.id.removeprefix("pit-1."))
        await h.wait(31)
        digest = h.sms.sent[3]
        counted = [row for row in rows(h).values() if row.reason == "counted"]
        assert counted
        assert f"另有{len(counted)}項" in digest.text
        assert all(row.state is Delivery.CANCELLED and row.code != digest.code for row in counted)


async def test_what_is_critical_goes_alone_and_at_once() -> None:
    async with house(allowances={"sms": Allowance(4, 1)}) as h:
        await flood(h)
        await h.raise_("trapped")
        assert [row.alarm for row in h.sms.sent][3:] == [CRITICAL.id]


async def test_a_receipt_is_of_every_alarm_of_its_text() -> None:
    async with house() as h:
        await flood(h)
        await h.wait(31)
        digest = h.sms.sent[3]
        reference = next(row.reference for row in rows(h).values() if row.code == digest.code)
        await h.dispatching.heard("sms", Heard(receipts=(Receipt(reference, True, 5.0),)))
        await settle()
        states = {row.state for row in rows(h).values() if row.code == digest.code}
        assert states == {Delivery.DELIVERED}


async def test_an_answer_that_is_lost_costs_one_extra_copy_of_the_text_not_one_for_each_alarm() -> None:
    async with house() as h:
        await flood(h)
        h.sms.troubles = [Uncertain("time-out")]
        await h.wait(90)
        assert len(h.sms.sent) == 4
        states = {row.state for row in rows(h).values() if row.reason != "counted"}
        assert states == {Delivery.SENT}


async def test_a_crash_while_it_is_sent_costs_one_extra_copy_of_the_text() -> None:
    h = house()
    async with h:
        await flood(h)
        h.sms.gate = asyncio.Event()
        await h.wait(31)
        assert h.sms.asked == 4
        text = next(row.text for row in rows(h).values() if row.state is Delivery.UNCERTAIN)
        await h.crash()
    async with house(journal=h.journal, clock=h.clock) as after:
        await after.wait(60)
        assert [row.text for row in after.sms.sent] == [text]
        named = [row for row in rows(after).values() if row.text == text]
        assert len(named) > 1
        assert {row.state for row in named} == {Delivery.SENT}


async def test_what_the_channel_does_not_take_is_gathered_anew_without_what_is_settled_meanwhile() -> None:
    async with house() as h:
        await flood(h)
        h.sms.troubles = [Transient("busy")]
        await h.wait(30.2)
        await h.acknowledge("pit-1.fault_4")
        await h.wait(40)
        text = h.sms.sent[3].text
        assert "fault_4" not in text
        assert "fault_5" in text
        assert rows(h)["fault_4"].state is Delivery.CANCELLED


async def test_a_full_day_lets_only_critical_messages_through_and_the_next_text_says_so() -> None:
    async with house(allowances={"sms": Allowance(3, 1)}) as h:
        await flood(h, 5)
        await h.wait(31)
        assert len(h.sms.sent) == 2
        held = [row for row in rows(h).values() if row.reason == "daily_cap"]
        assert len(held) == 3
        assert {row.state for row in held} == {Delivery.FAILED}
        await h.raise_("trapped")
        assert h.sms.sent[-1].text.endswith("另有3則未發")
        await h.wait(86_400, every=3600)
        await h.raise_("fault_9")
        assert len(h.sms.sent) == 4
