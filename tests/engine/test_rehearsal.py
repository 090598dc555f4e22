"""The weekly test of messages and horn, in virtual time and through the real chain up to the channel."""

from __future__ import annotations

from dataclasses import replace

from monitor.domain import escalation
from monitor.domain.weekly import parse_weekly
from monitor.engine.machine_rules import drill_rules
from monitor.engine.rehearsal import Rehearsal, abandon, policies
from monitor.ports import Heard, Receipt, Transient
from monitor.settings.site import Drill
from tests.engine.house import POLICIES, SHANGHAI, House, MemoryJournal, at
from tests.support.clock import VirtualClock, settle

DRILL = Drill(parse_weekly("MON 10:05"), "electrician", ("sms", "phone"), None, 600.0)
HORN = Drill(None, "", (), parse_weekly("MON 10:05"), 600.0)
SMS_TEST, HORN_TEST, FAILED = "watchroom.drill_sms", "watchroom.drill_horn", "watchroom.drill_failed"


class Drilled(House):
    """A house with a weekly test; its clock stands at Monday 10:00 local."""

    def __init__(
        self, drill: Drill, journal: MemoryJournal | None = None, clock: VirtualClock | None = None
    ) -> None:
        super().__init__(
            journal,
            clock,
            rules=drill_rules(),
            plan=lambda event, rule: escalation.plan(policies(rule, drill, POLICIES), event, rule),
        )
        self.drill = drill

    def begin(self, marks: dict[str, str] | None = None) -> None:
        self.rehearsal = Rehearsal(
            self.drill, SHANGHAI, self.alarming, self.live, marks or {}, self.clock.now()
        )

    async def go(self, seconds: float) -> None:
        """As the daemon's clock loop does it: a look every five seconds."""
        for _ in range(round(seconds / 5)):
            await self.wait(5, every=5)
            self.rehearsal.tick(self.clock.now())
            await settle()

    def state(self, alarm: str) -> str:
        return self.alarming.alarm(alarm).state.value

    async def receipts(self) -> None:
        """Every handset says that it has the message."""
        for channel in (self.sms, self.phone):
            for sent in channel.sent:
                news = Receipt(f"{sent.id}-{sent.attempts}", True, self.clock.now().wall)
                channel.said.put_nowait(Heard(receipts=(news,)))
        await settle(60)


async def test_the_test_says_that_it_is_one_and_its_receipts_are_enough() -> None:
    async with Drilled(DRILL) as house:
        house.begin()
        await house.go(240)
        assert house.sms.sent == []
        await house.go(65)
        for channel in (house.sms, house.phone):
            [message] = channel.sent
            assert "測試" in message.text
            assert "並非警報" in message.text
            assert message.recipient == "chen", "who is on duty"
        await house.receipts()
        await house.go(620)
        assert house.state(FAILED) == "NORM"
        assert house.state(SMS_TEST) == "RTN_UNACK", "it ends by itself and waits to be seen"


async def test_no_receipt_is_an_alarm_that_names_the_channel() -> None:
    async with Drilled(DRILL) as house:
        house.phone.troubles = [Transient("modem gone")] * 50
        house.begin()
        await house.go(310)
        await house.receipts()
        await house.go(620)
        assert house.state(FAILED) == "UNACK"
        assert house.alarming.alarm(FAILED).value == "phone"


async def test_a_horn_that_nobody_answers_is_an_alarm_and_one_that_is_answered_is_none() -> None:
    for answered, wanted in ((False, "UNACK"), (True, "NORM")):
        async with Drilled(HORN) as house:
            house.begin()
            await house.go(310)
            assert house.state(HORN_TEST) == "UNACK"
            assert house.sms.sent == house.phone.sent == [], "the horn's test telephones nobody"
            if answered:
                await house.acknowledge(HORN_TEST, note="")
            await house.go(620)
            assert house.state(FAILED) == wanted


async def test_it_comes_again_next_week_and_each_failure_is_a_new_occurrence() -> None:
    async with Drilled(HORN) as house:
        house.begin()
        await house.go(1000)
        house.clock.step_wall(7 * 86400.0 - 1000)
        await house.go(1000)
        assert house.alarming.alarm(HORN_TEST).occurrence == 1, "still unacknowledged: raised again, not anew"
        assert house.alarming.alarm(HORN_TEST).annunciation == 2
        assert house.alarming.alarm(FAILED).occurrence == 2


async def test_last_weeks_receipts_do_not_count_for_this_week() -> None:
    async with Drilled(DRILL) as house:
        house.begin()
        await house.go(310)
        await house.receipts()
        await house.go(700)
        assert house.state(FAILED) == "NORM"
        house.clock.step_wall(7 * 86400.0 - 1010)
        await house.go(1010)
        assert len(house.sms.sent) == 2
        assert house.alarming.alarm(FAILED).value == "sms, phone"


async def test_a_crash_in_the_middle_of_a_test_does_not_lose_its_judgement() -> None:
    first = Drilled(DRILL)
    async with first:
        first.begin()
        await first.go(310)
        await first.crash()
    async with Drilled(DRILL, first.journal, first.clock) as second:
        second.begin({"drill_sms": repr(second.clock.now().wall - 5)})
        for row in (await second.journal.load()).notifications:
            second.live.told(row)
        await second.go(620)
        assert second.sms.sent == second.phone.sent == [], "not sent a second time"
        assert second.alarming.alarm(FAILED).value == "sms, phone"


async def test_a_test_that_fell_into_a_stop_is_made_up_for_within_a_day_only() -> None:
    last_week = repr(at("2026-11-16T02:05"))
    for hours, made in ((3, True), (30, False)):
        clock = VirtualClock(wall=at("2026-11-23T02:05") + hours * 3600)
        async with Drilled(HORN, clock=clock) as house:
            house.begin({"drill_horn": last_week})
            await house.go(5)
            assert (house.state(HORN_TEST) == "UNACK") is made


async def test_a_test_that_the_configuration_takes_away_does_not_stay_for_ever() -> None:
    async with Drilled(HORN) as house:
        house.begin()
        await house.go(310)
        await house.acknowledge(HORN_TEST, note="")
        abandon(house.alarming, house.clock.now())
        await house.wait(15)
        assert house.state(HORN_TEST) == "NORM"


async def test_the_sites_own_policies_are_left_alone() -> None:
    [sms, horn, failed] = drill_rules()
    assert policies(horn, DRILL, POLICIES) == ()
    assert policies(failed, DRILL, POLICIES) is POLICIES
    [policy] = policies(sms, DRILL, POLICIES)
    assert [(step.channel, step.after) for step in policy.steps] == [("sms", 0.0), ("phone", 0.0)]
    assert policies(sms, None, POLICIES)[0].steps == ()
    assert replace(DRILL, horn=HORN.horn).channels == ("sms", "phone")
