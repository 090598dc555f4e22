"""Several channels for one step: each stands in for the one before, at once, and nobody gets it twice without need."""

import pytest

from monitor.domain.alarm import AlarmState
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.notification import Delivery, Notification, Unless
from monitor.domain.rules import AlarmKind
from monitor.ports import Heard, Permanent, Receipt, Transient, Uncertain
from tests.engine.house import House, MemoryJournal, plain_rule
from tests.support.channel import FakeChannel
from tests.support.clock import VirtualClock, settle

PUMP = plain_rule("pump_fault")
STEPS = (
    EscalationStep(0.0, "electrician", "sms", fallback=("modem", "chat")),
    EscalationStep(180.0, "electrician", "phone", Unless.RECEIPT),
    EscalationStep(600.0, "manager", "sms", Unless.ACKNOWLEDGED, fallback=("modem",)),
)
POLICIES = (Policy(Match(kinds=frozenset({AlarmKind.STATE})), STEPS, over=True),)


class Ways(House):
    """Four channels; `also` adds policies after the one under test."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        clock: VirtualClock | None = None,
        *also: Policy,
    ) -> None:
        self.modem, self.chat = FakeChannel(), FakeChannel()
        sms, phone = FakeChannel(), FakeChannel()
        channels = {"sms": sms, "modem": self.modem, "chat": self.chat, "phone": phone}
        super().__init__(journal, clock, rules=[PUMP], channels=channels, policies=(*POLICIES, *also))
        self.sms, self.phone = sms, phone

    def by(self, channel: str, step: int = 0) -> Notification:
        (row,) = [
            row
            for row in self.journal.notifications.values()
            if (row.alarm, row.channel, row.step, row.over) == (PUMP.id, channel, step, False)
        ]
        return row

    def told(self) -> list[str]:
        """Channels by which the alarm went out, as often as it did."""
        named = {"sms": self.sms, "modem": self.modem, "chat": self.chat, "phone": self.phone}
        return [name for name, one in named.items() for row in one.sent if row.alarm == PUMP.id]


async def test_the_first_way_alone_when_it_works() -> None:
    async with Ways() as house:
        await house.raise_("pump_fault")
        await house.wait(60, every=5)
        assert house.told() == ["sms"]


async def test_a_refusal_for_good_goes_the_next_way_at_once_to_the_same_person_with_the_same_code() -> None:
    async with Ways() as house:
        house.sms.troubles = [Permanent("wrong password")]
        await house.raise_("pump_fault")
        assert house.told() == ["modem"]
        first, second = house.by("sms"), house.by("modem")
        assert (first.state, second.state) == (Delivery.FAILED, Delivery.SENT)
        assert (second.recipient, second.address, second.code) == (first.recipient, first.address, first.code)
        assert first.text == "【河畔物業】" + second.text, "each channel has its own signature"
        await house.wait(6)
        assert house.alarming.alarm("watchroom.channel").state is AlarmState.UNACK
        assert house.by("phone", 1).state is Delivery.WAITING, "the next step keeps its time"


async def test_a_channel_that_does_not_take_it_gives_way_after_four_tries_and_gives_up_when_it_is_told() -> (
    None
):
    async with Ways() as house:
        house.sms.troubles = [Transient("no network")] * 4
        await house.raise_("pump_fault")
        await house.wait(13)
        assert house.told() == []
        await house.wait(2)
        assert house.told() == ["modem"]
        await house.wait(60)
        assert house.told() == ["modem"], "the first way works again, but the person has it"
        assert (house.by("sms").state, house.by("sms").reason) == (Delivery.CANCELLED, "already_told")


async def test_every_way_goes_on_trying_while_none_works_and_the_first_that_does_is_enough() -> None:
    async with Ways() as house:
        house.sms.troubles = [Transient("no network")] * 6
        house.modem.troubles = [Transient("no signal")] * 500
        house.chat.troubles = [Permanent("no such room")]
        house.phone.troubles = [Transient("busy")] * 500
        await house.raise_("pump_fault")
        await house.wait(170, every=1)
        assert [(row.step, row.recipient) for row in house.sms.sent if row.step == 0] == [(0, "chen")]
        assert set(house.told()) == {"sms"}
        assert house.by("chat").state is Delivery.FAILED
        assert house.by("modem").reason == "already_told"


async def test_when_every_way_of_a_step_has_failed_the_next_step_is_due_at_once() -> None:
    async with Ways() as house:
        for one in (house.sms, house.modem, house.chat):
            one.troubles = [Permanent("no")]
        await house.raise_("pump_fault")
        assert house.told() == ["phone"]


async def test_the_next_step_does_not_wait_for_a_first_way_that_only_tries_again() -> None:
    async with Ways() as house:
        house.sms.troubles = [Transient("no network")] * 500
        for one in (house.modem, house.chat):
            one.troubles = [Permanent("no")]
        await house.raise_("pump_fault")
        await house.wait(20)
        assert house.told() == ["phone"]


async def test_while_a_channel_is_known_to_fail_the_next_message_goes_another_way_after_one_try() -> None:
    async with Ways() as house:
        house.sms.troubles = [Transient("no network")] * 500
        await house.raise_("pump_fault")
        await house.wait(20)
        assert house.told() == ["modem"]
        await house.clear("pump_fault")
        await house.wait(30)
        told, tried = len(house.told()), house.sms.asked
        await house.raise_("pump_fault")
        await settle(60)
        assert house.told()[told:] == ["modem"]
        assert house.sms.asked - tried == 1


async def test_two_lost_answers_and_a_receipt_of_failure_go_the_next_way_too() -> None:
    async with Ways() as house:
        house.sms.troubles = [Uncertain("timeout")] * 2
        await house.raise_("pump_fault")
        await house.wait(5)
        assert house.told() == ["modem"]
        failed = Receipt(house.by("modem").reference, False, 5.0, "not delivered")
        await house.dispatching.heard("modem", Heard(receipts=(failed,)))
        await settle()
        assert house.told() == ["modem", "chat"]


async def test_a_crash_in_the_middle_neither_forgets_the_stand_in_nor_doubles_it() -> None:
    async with Ways() as house:
        house.sms.troubles = [Permanent("no")]
        house.modem.troubles = [Transient("no signal")]
        await house.raise_("pump_fault")
        await house.crash()
    async with Ways(house.journal, house.clock) as again:
        await again.wait(30)
        assert again.told() == ["modem"]
        await again.crash()
    async with Ways(house.journal, house.clock) as third:
        await third.wait(60)
        assert third.told() == []


async def test_who_was_told_by_a_stand_in_hears_by_it_that_it_is_over() -> None:
    async with Ways() as house:
        house.sms.troubles = [Permanent("no")]
        await house.raise_("pump_fault")
        await house.wait(1)
        await house.clear("pump_fault")
        await house.wait(5)
        assert [row.over for row in house.modem.sent] == [False, True]
        assert [row for row in house.sms.sent if row.alarm == PUMP.id] == []


async def test_nobody_on_duty_is_not_mended_by_another_channel() -> None:
    async with Ways(clock=VirtualClock(wall=1_700_000_000.0)) as house:  # before the roster begins
        await house.raise_("pump_fault")
        assert [row.channel for row in house.journal.notifications.values() if row.step == 0] == ["sms"]
        assert house.by("sms").reason == "nobody_on_duty"


async def test_that_a_channel_fails_is_told_by_whichever_channel_is_left() -> None:
    about_itself = Policy(
        Match(kinds=frozenset({AlarmKind.SELF})), (EscalationStep(0.0, "electrician", "sms"),)
    )
    async with Ways(None, None, about_itself) as house:
        house.sms.troubles = [Permanent("wrong password")] * 500
        house.modem.troubles = [Transient("no signal")] * 500
        await house.raise_("pump_fault")
        assert house.told() == ["chat"] or house.told() == []
        await house.wait(40)
        told = [row for row in house.chat.sent if row.alarm == "watchroom.channel"]
        assert [row.recipient for row in told] == ["chen"]
        assert "通知管道故障" in told[0].text


@pytest.mark.parametrize("network", [True, False])
async def test_a_receipt_that_never_comes_brings_the_next_step_in_its_time(network: bool) -> None:
    """`unless: receipt`: that the network took it is not that the handset has it."""
    async with Ways() as house:
        began = house.clock.now().wall
        await house.raise_("pump_fault")
        if network:  # what a gateway's "8, taken by the network" comes to
            await house.dispatching.heard("sms", Heard())
        await house.wait(170, every=10)
        assert house.told() == ["sms"]
        await house.wait(11)
        assert house.told() == ["sms", "phone"]
        assert house.by("phone", 1).sent_at == began + 180
