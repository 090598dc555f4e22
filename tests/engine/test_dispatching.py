"""From a committed row to a person and back: who, when, how often, and what a crash may cost."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from monitor.domain.alarm import AlarmState, Shelve
from monitor.domain.duty import Always, Roster
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.inspection import Checkpoint, Outcome, Round
from monitor.domain.notification import Delivery, InboundMessage, Notification
from monitor.domain.rules import Priority
from monitor.ports import Accepted, Heard, Permanent, Receipt, Transient, Uncertain
from tests.engine.house import CHEN, ESCALATION, LI, ROSTER, SHANGHAI, WANG, House, at, plain_rule
from tests.support.channel import FakeChannel
from tests.support.clock import VirtualClock, settle

PUMP = plain_rule("pump_fault")
LATCHED = plain_rule("leak", latching=True)


def receipt(row_reference: str, delivered: bool = True) -> Heard:
    return Heard(receipts=(Receipt(row_reference, delivered, 5.0),))


def reply(text: str, address: str = CHEN.phone, id_: str = "m1") -> Heard:
    return Heard(messages=(InboundMessage(id_, "sms", address, text, 5.0),))


# Telling


async def test_the_person_on_duty_is_told_at_once_in_their_language_with_a_code() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        (sent,) = house.sms.sent
        assert (sent.recipient, sent.address, sent.language) == ("chen", CHEN.phone, "zh-Hant")
        assert sent.text.startswith("【河畔物業】緊急報警 pump_fault")
        assert sent.text.endswith(f"回覆{sent.code}確認")
        stored = house.row(0)
        assert (stored.state, stored.attempts, stored.sent_at) == (Delivery.SENT, 1, house.clock.now().wall)


async def test_by_night_it_is_the_one_on_the_night_shift() -> None:
    async with House(rules=[PUMP], clock=VirtualClock(wall=at("2026-11-23T12:00"))) as house:
        await house.raise_("pump_fault")
        assert [row.recipient for row in house.sms.sent] == ["li"]


async def test_who_is_on_duty_is_asked_when_the_step_is_due_not_when_it_is_planned() -> None:
    async with House(rules=[PUMP], clock=VirtualClock(wall=at("2026-11-23T11:58"))) as house:
        await house.raise_("pump_fault")
        await house.wait(200)
        assert [row.recipient for row in house.sms.sent] == ["chen"]
        assert [row.recipient for row in house.phone.sent] == ["li"]


async def test_nothing_more_goes_out_after_an_acknowledgement() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.acknowledge(PUMP.id)
        await house.wait(1200, every=60)
        assert len(house.sms.sent) == 1
        assert house.phone.sent == []
        assert {house.row(step).reason for step in (1, 2)} == {"acknowledged"}


async def test_the_whole_escalation_when_nobody_reacts() -> None:
    async with House(rules=[PUMP]) as house:
        began = house.clock.now().wall
        await house.raise_("pump_fault")
        await house.wait(1200)
        assert [(row.recipient, house.row(row.step).sent_at) for row in house.sms.sent] == [
            ("chen", began),
            ("wang", began + 600),
        ]
        assert [(row.recipient, house.row(1).sent_at) for row in house.phone.sent] == [("chen", began + 180)]
        assert house.sms.sent[1].text.startswith("【河畔物業】CRITICAL")
        assert len({row.code for row in (*house.sms.sent, *house.phone.sent)}) == 1


async def test_a_receipt_makes_the_step_for_its_absence_needless() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.dispatching.heard("sms", receipt(house.row(0).reference))
        await house.wait(300)
        assert house.row(0).state is Delivery.DELIVERED
        assert house.phone.sent == []
        assert house.row(1).reason == "received"


async def test_a_receipt_that_is_ahead_of_the_answer_is_not_lost() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.gate = asyncio.Event()
        await house.raise_("pump_fault")
        row = house.row(0)
        await house.dispatching.heard("sms", receipt(f"{row.id}-1"))
        house.sms.gate.set()
        await settle()
        assert house.row(0).state is Delivery.DELIVERED


async def test_a_receipt_of_failure_brings_the_next_step_at_once() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.dispatching.heard("sms", receipt(house.row(0).reference, delivered=False))
        await settle()
        assert house.row(0).state is Delivery.FAILED
        assert len(house.phone.sent) == 1


async def test_an_alarm_that_is_over_before_its_time_is_told_to_nobody() -> None:
    later = (Policy(Match(), (EscalationStep(60.0, "electrician", "sms"),)),)
    async with House(rules=[PUMP], policies=later) as house:
        await house.raise_("pump_fault")
        await house.wait(30)
        await house.clear("pump_fault")
        await house.wait(60)
        assert house.sms.sent == []
        assert (house.row(0).state, house.row(0).reason) == (Delivery.CANCELLED, "over_already")


async def test_a_latched_alarm_goes_on_asking_for_somebody_to_look() -> None:
    async with House(rules=[LATCHED]) as house:
        await house.raise_("leak")
        await house.clear("leak")
        await house.wait(700)
        assert [row.recipient for row in house.sms.sent] == ["chen", "wang"]


async def test_a_shelved_alarm_is_silent_and_speaks_again_after() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        alarm = house.alarming.alarm(PUMP.id)
        until = house.clock.now().wall + 900
        await house.alarming.command(PUMP.id, Shelve(alarm.occurrence, 1, until, "works", "operator"))
        await house.wait(890, every=10)
        assert len(house.sms.sent) == 1
        await house.wait(20)
        assert len(house.sms.sent) == 2
        assert house.sms.sent[1].annunciation == 2


async def test_over_is_told_once_to_those_who_were_told() -> None:
    policies = (Policy(Match(), ESCALATION, over=True),)
    async with House(rules=[PUMP], policies=policies) as house:
        await house.raise_("pump_fault")
        await house.wait(5)
        await house.clear("pump_fault")
        await house.wait(1000, every=20)
        assert [(row.recipient, row.over) for row in house.sms.sent] == [("chen", False), ("chen", True)]
        assert house.sms.sent[1].text.startswith("【河畔物業】已恢復")
        assert house.phone.sent == []


async def test_critical_goes_before_low_when_both_wait() -> None:
    policies = (Policy(Match(), ESCALATION[:1]),)
    rules = [plain_rule(f"low_{i}", Priority.LOW) for i in range(30)] + [PUMP]
    async with House(rules=rules, policies=policies) as house:
        house.sms.gate = asyncio.Event()
        for i in range(30):
            await house.raise_(f"low_{i}")
        await house.raise_("pump_fault")
        house.sms.gate.set()
        await settle(200)
        order = [row.alarm for row in house.sms.sent]
        assert order.index(PUMP.id) <= 5  # behind the one being fetched and the four in flight


async def test_everybody_on_duty_gets_a_message_of_their_own() -> None:
    crew = Roster(SHANGHAI, ROSTER.people, (Always("electrician", ("chen", "li")),))
    async with House(rules=[PUMP], roster=crew, policies=(Policy(Match(), ESCALATION[:1]),)) as house:
        await house.raise_("pump_fault")
        assert sorted(row.recipient or "" for row in house.sms.sent) == ["chen", "li"]
        assert len({row.id for row in house.sms.sent}) == 2
        assert len({row.code for row in house.sms.sent}) == 1


async def test_one_person_with_two_roles_gets_one_message() -> None:
    both = Roster(SHANGHAI, ROSTER.people, (Always("electrician", ("chen",)), Always("plumber", ("chen",))))
    steps = (EscalationStep(0.0, "electrician", "sms"), EscalationStep(0.0, "plumber", "sms"))
    async with House(rules=[PUMP], roster=both, policies=(Policy(Match(), steps),)) as house:
        await house.raise_("pump_fault")
        assert len(house.sms.sent) == 1
        assert sorted((house.row(0).reason, house.row(1).reason)) == ["", "already_told"]


# Trouble


async def test_nobody_on_duty_goes_to_the_next_step_at_once_and_is_an_alarm() -> None:
    empty = Roster(SHANGHAI, ROSTER.people, (Always("manager", ("wang",)),))
    async with House(rules=[PUMP], roster=empty) as house:
        await house.raise_("pump_fault")
        assert [row.recipient for row in house.sms.sent] == ["wang"]
        assert (house.row(0, PUMP.id).state, house.row(0, PUMP.id).reason) == (
            Delivery.FAILED,
            "nobody_on_duty",
        )
        await house.wait(6)
        assert house.alarming.alarm("watchroom.duty").state is AlarmState.UNACK


async def test_the_alarm_about_duty_ends_when_somebody_is_on_duty_again() -> None:
    begins = VirtualClock(wall=at("2025-12-31T23:50"))
    async with House(rules=[PUMP], clock=begins) as house:
        await house.raise_("pump_fault")
        await house.wait(10)
        assert house.alarming.alarm("watchroom.duty").active
        await house.wait(700, every=5)
        assert not house.alarming.alarm("watchroom.duty").active


async def test_a_refused_message_is_tried_again_with_growing_pauses() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Transient("busy")] * 3
        await house.raise_("pump_fault")
        asked = []
        for _ in range(15):
            asked.append(house.sms.asked)
            await house.wait(1)
        assert asked == [1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4]
        assert len(house.sms.sent) == 1
        assert (house.row(0).state, house.row(0).attempts, house.row(0).reason) == (Delivery.SENT, 4, "")


async def test_what_was_acknowledged_during_an_outage_is_not_sent_after_it() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Transient("down")] * 3
        await house.raise_("pump_fault")
        await house.wait(4)
        await house.acknowledge(PUMP.id)
        await house.wait(600, every=10)
        assert house.sms.sent == []
        assert house.row(0).state is Delivery.CANCELLED


async def test_after_an_outage_past_the_shift_it_is_the_next_shift_that_is_told() -> None:
    async with House(rules=[PUMP], clock=VirtualClock(wall=at("2026-11-23T11:59:30"))) as house:
        house.sms.troubles = [Transient("down")] * 5
        await house.raise_("pump_fault")
        await house.wait(70)
        assert [row.recipient for row in house.sms.sent] == ["li"]


async def test_a_lost_answer_makes_one_extra_copy_and_never_a_third() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Uncertain("timeout"), Uncertain("timeout")]
        await house.raise_("pump_fault")
        await house.wait(170, every=5)
        assert house.sms.asked == 2
        assert (house.row(0).state, house.row(0).reason) == (Delivery.FAILED, "uncertain_twice")
        assert len(house.phone.sent) == 1


async def test_a_refusal_for_good_brings_the_next_step_at_once_and_an_alarm_about_the_channel() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Permanent("wrong password")]
        await house.raise_("pump_fault")
        assert house.row(0).reason == "wrong password"
        assert len(house.phone.sent) == 1
        await house.wait(6)
        # The telephone took its message meanwhile, but that proves nothing about the refusing channel.
        assert house.alarming.alarm("watchroom.channel").active


async def test_a_channel_that_stays_down_is_an_alarm_until_it_takes_a_message() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Transient("no modem")] * 5
        await house.raise_("pump_fault")
        await house.wait(25)
        assert house.alarming.alarm("watchroom.channel").active
        await house.wait(120)
        assert not house.alarming.alarm("watchroom.channel").active
        assert len(house.sms.sent) >= 1


async def test_a_channel_that_stays_down_lets_the_next_step_go_another_way_early() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [Transient("no modem")] * 50
        await house.raise_("pump_fault")
        await house.wait(20)
        assert len(house.phone.sent) == 1


async def test_a_channel_that_never_answers_counts_as_a_lost_answer_and_delays_no_other() -> None:
    steps = (EscalationStep(0.0, "electrician", "sms"), EscalationStep(0.0, "manager", "phone"))
    async with House(rules=[PUMP], policies=(Policy(Match(), steps),)) as house:
        house.sms.gate = asyncio.Event()
        await house.raise_("pump_fault")
        assert len(house.phone.sent) == 1
        await house.wait(61)
        assert house.row(0, PUMP.id).reason == "no answer within 60 s"
        await house.wait(70)
        assert house.row(0, PUMP.id).reason == "uncertain_twice"


async def test_a_fault_in_one_notifier_stops_nothing() -> None:
    async with House(rules=[PUMP]) as house:
        house.sms.troubles = [ZeroDivisionError("bug")]
        await house.raise_("pump_fault")
        await house.wait(3)
        assert len(house.sms.sent) == 1


async def test_a_channel_that_the_configuration_lost_fails_over_to_the_next_step() -> None:
    phone = FakeChannel()
    async with House(rules=[PUMP], channels={"phone": phone}) as house:
        await house.raise_("pump_fault")
        assert house.row(0).reason == "no_such_channel"
        assert len(phone.sent) == 1


async def test_a_person_without_a_number_does_not_hold_up_the_next_step() -> None:
    people = {**ROSTER.people, "chen": replace(CHEN, phone="")}
    async with House(rules=[PUMP], roster=replace(ROSTER, people=people)) as house:
        await house.raise_("pump_fault")
        assert house.row(0).reason == "no_address"
        await house.wait(1)
        assert house.sms.sent[-1].recipient == "wang"


async def test_a_message_goes_even_while_the_journal_does_not_write() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        with patch("monitor.engine.writer.PATIENCE", 0.01):
            house.journal.trouble = Transient("disk full")
            await house.clock.advance(181)
            await asyncio.sleep(0.03)
            await settle()
            assert len(house.phone.sent) == 1
        house.journal.trouble = None
        await house.wait(5)
        assert house.row(1).state is Delivery.SENT


# Crashes


async def test_after_a_crash_nothing_that_was_sent_is_sent_again() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        assert len(house.sms.sent) == 1
        await house.crash()
    async with House(house.journal, house.clock, rules=[PUMP]) as again:
        await again.wait(100)
        assert again.sms.sent == []
        await again.wait(100)
        assert [row.recipient for row in again.phone.sent] == ["chen"]


@pytest.mark.parametrize("down", [0, 60, 500, 5000])
async def test_a_crash_in_the_middle_of_an_escalation_gives_the_same_future(down: float) -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.wait(100)
        await house.crash()
    await house.clock.advance(down)
    async with House(house.journal, house.clock, rules=[PUMP]) as again:
        await again.wait(1000, every=10)
        told = [*house.sms.sent, *again.sms.sent, *again.phone.sent]
        assert sorted((row.step, row.recipient) for row in told) == [(0, "chen"), (1, "chen"), (2, "wang")]
        assert len({row.code for row in told}) == 1


async def test_a_crash_while_sending_makes_one_extra_copy_and_a_second_crash_none() -> None:
    house = House(rules=[PUMP])
    copies = 0
    for _ in range(4):
        house.sms.gate = asyncio.Event()
        async with house:
            if not house.journal.notifications:
                await house.raise_("pump_fault")
            copies += house.sms.asked
            await house.crash()
        house = House(house.journal, house.clock, rules=[PUMP])
    assert copies == 2
    assert house.row(0).reason == "uncertain_twice"


async def test_the_attempt_is_written_down_before_the_channel_is_called() -> None:
    known: list[tuple[Delivery, str]] = []

    class Watching(FakeChannel):
        async def send(self, notification: Notification) -> Accepted:
            row = house.journal.notifications[notification.id]
            known.append((row.state, row.reason))
            return await super().send(notification)

    async with House(rules=[PUMP], channels={"sms": Watching()}) as house:
        await house.raise_("pump_fault")
        assert known == [(Delivery.UNCERTAIN, "begun")]


async def test_a_crash_before_the_commit_leaves_nothing_to_send_and_nothing_sent() -> None:
    async with House(rules=[PUMP]) as house:
        house.journal.trouble = Transient("disk full")
        await house.raise_("pump_fault")
        assert house.sms.sent == []
        await house.crash()
    house.journal.trouble = None
    async with House(house.journal, house.clock, rules=[PUMP]) as again:
        await again.wait(10)
        assert again.sms.sent == []
        assert again.alarming.alarm(PUMP.id).state is AlarmState.NORM


# Replies


async def test_replying_the_code_acknowledges_that_occurrence_as_that_person() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.sms.said.put(reply(f" {house.sms.sent[0].code.lower()} "))
        await settle()
        alarm = house.alarming.alarm(PUMP.id)
        assert (alarm.acknowledged, alarm.acknowledged_by) == (True, "chen")
        (heard,) = house.journal.inbound
        assert (heard.person, heard.outcome) == ("chen", "acknowledged")
        assert ("chen", "message.reply") in {(row.actor, row.action) for row in house.journal.audit}
        await house.wait(700, every=20)
        assert len(house.sms.sent) == 1


async def test_a_reply_to_an_old_occurrence_changes_nothing_and_says_so() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        old = house.sms.sent[0].code
        await house.acknowledge(PUMP.id)
        await house.clear("pump_fault")
        await house.raise_("pump_fault")
        await house.dispatching.heard("sms", reply(old))
        await settle()
        assert not house.alarming.alarm(PUMP.id).acknowledged
        assert house.journal.inbound[-1].outcome == "old_occurrence"


@pytest.mark.parametrize(
    ("text", "address", "outcome"),
    [
        ("{code}", "+8613999999999", "unknown_number"),
        ("{code}", LI.phone, "not_yours"),
        ("{code}", "13800000001", "acknowledged"),
        ("收到", CHEN.phone, "no_code"),
        ("A3A", CHEN.phone, "unknown_code"),
    ],
)
async def test_what_is_done_with_a_message(text: str, address: str, outcome: str) -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        code = house.sms.sent[0].code
        assert code != "A3A"
        await house.dispatching.heard("sms", reply(text.format(code=code), address))
        await settle()
        assert house.journal.inbound[-1].outcome == outcome
        assert house.alarming.alarm(PUMP.id).acknowledged is (outcome == "acknowledged")


async def test_a_reply_brought_twice_is_recorded_once_and_repeated_says_already() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        code = house.sms.sent[0].code
        for id_ in ("m1", "m1", "m2"):
            await house.dispatching.heard("sms", reply(code, id_=id_))
        await settle()
        assert [row.outcome for row in house.journal.inbound] == ["acknowledged", "already_acknowledged"]
        acknowledged = [event for event in house.journal.events if event.cause.value == "acknowledged"]
        assert len(acknowledged) == 1


async def test_a_reply_after_a_restart_is_understood() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.dispatching.heard("sms", receipt(house.row(0).reference))
        await settle()
        code = house.sms.sent[0].code
        await house.crash()
    async with House(house.journal, house.clock, rules=[PUMP]) as again:
        await again.dispatching.heard("sms", reply(code))
        await settle()
        assert again.alarming.alarm(PUMP.id).acknowledged_by == "chen"


async def test_two_codes_in_one_message_acknowledge_both() -> None:
    second = plain_rule("other")
    async with House(rules=[PUMP, second]) as house:
        await house.raise_("pump_fault")
        await house.raise_("other")
        codes = " ".join(row.code for row in house.sms.sent)
        await house.dispatching.heard("sms", reply(codes))
        await settle()
        assert all(house.alarming.alarm(rule.id).acknowledged for rule in (PUMP, second))


async def test_a_duty_telephone_that_changes_hands_answers_for_who_was_told() -> None:
    people = {**ROSTER.people, "li": replace(LI, phone=CHEN.phone)}
    night = VirtualClock(wall=at("2026-11-23T12:00"))
    async with House(rules=[PUMP], roster=replace(ROSTER, people=people), clock=night) as house:
        await house.raise_("pump_fault")
        await house.dispatching.heard("sms", reply(house.sms.sent[0].code))
        await settle()
        assert house.alarming.alarm(PUMP.id).acknowledged_by == "li"
        assert house.journal.inbound[-1].person == "li"


async def test_a_missed_round_is_answered_with_the_code_and_the_reason() -> None:
    round_ = Round("power", "配電房巡視", ("door",), windows=((610, 620),))
    async with House(rounds=[round_], checkpoints=[Checkpoint("door", "配電房")]) as house:
        await house.wait(1300, every=60)
        (sent,) = house.sms.sent
        assert sent.text.endswith(f"回覆{sent.code}及原因")
        await house.dispatching.heard("sms", reply(sent.code))
        await house.dispatching.heard("sms", reply(f"{sent.code} 停電", id_="m2"))
        await settle()
        assert [row.outcome for row in house.journal.inbound] == ["reason_missing", "acknowledged"]
        (window,) = [row for row in house.journal.all_windows.values() if row.outcome is Outcome.EXCUSED]
        assert window.note == "missed: 停電 (chen)"


async def test_the_manager_may_answer_for_the_electrician_once_told() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        await house.wait(601, every=10)
        await house.dispatching.heard("sms", reply(house.sms.sent[1].code, WANG.phone))
        await settle()
        assert house.alarming.alarm(PUMP.id).acknowledged_by == "wang"


async def test_figures_for_the_metrics_page() -> None:
    async with House(rules=[PUMP]) as house:
        await house.raise_("pump_fault")
        assert house.tally.get("messages_total", channel="sms", outcome="sent") == 1
        assert house.tally.get("outbox_depth") == 2
        turned = house.dispatching.turned_at
        await house.wait(40)
        assert house.dispatching.turned_at > turned
