"""The machine below us in virtual time: disk, clocks, spool and outbox, each raised, kept in its band and ended."""

from __future__ import annotations

from dataclasses import replace

from monitor.domain.notification import Delivery, Notification
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.engine.machine import GIB, MachineWatch, State
from monitor.engine.machine_rules import drill_rules, machine_rules
from monitor.engine.outbox import Outbox
from monitor.engine.tally import Tally
from tests.support.clock import VirtualClock

WELL = State(disk_free=50 * GIB, disk_size=100 * GIB, synchronised=True)


class Watch:
    """A machine that the test describes, and what was reported about it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.state = WELL
        self.fill = 0.0
        self.due: float | None = None
        self.verdicts: dict[str, Verdict] = {}
        self.values: dict[str, Value | None] = {}
        self.happened: list[tuple[str, Value]] = []
        self.tally = Tally()
        self.watch = MachineWatch(
            self,
            self.tally,
            self._report,
            lambda subject, value: self.happened.append((subject, value)),
            spool_fill=lambda: self.fill,
            oldest_due=lambda: self.due,
        )

    def look(self) -> State:
        return self.state

    def _report(self, subject: str, verdict: Verdict, value: Value | None) -> None:
        self.verdicts[subject], self.values[subject] = verdict, value

    async def see(self, **changed: object) -> dict[str, Verdict]:
        """Five seconds later, with the machine changed."""
        self.state = replace(self.state, **changed)  # type: ignore[arg-type]
        await self.clock.advance(5)
        self.verdicts.clear()
        self.watch.look(self.clock.now())
        return self.verdicts


async def test_a_machine_that_is_well_raises_nothing() -> None:
    seen = await Watch().see()
    assert set(seen) == {"disk", "disk_full", "clock_sync", "spool_filling", "outbox"}
    assert set(seen.values()) == {Verdict.FALSE}


async def test_disk_below_a_tenth_is_short_and_ends_only_with_room_to_spare() -> None:
    watch = Watch()
    assert (await watch.see(disk_free=9.9 * GIB))["disk"] is Verdict.TRUE
    assert watch.values["disk"] == "9.9%, 9.9 GiB"
    assert (await watch.see(disk_free=11 * GIB))["disk"] is Verdict.BAND
    assert (await watch.see(disk_free=13 * GIB))["disk"] is Verdict.FALSE


async def test_a_small_disk_is_short_below_one_gibibyte_whatever_its_share() -> None:
    seen = await Watch().see(disk_free=0.9 * GIB, disk_size=4 * GIB)
    assert (seen["disk"], seen["disk_full"]) == (Verdict.TRUE, Verdict.FALSE)


async def test_below_two_per_cent_it_is_critical() -> None:
    seen = await Watch().see(disk_free=1.9 * GIB)
    assert (seen["disk"], seen["disk_full"]) == (Verdict.TRUE, Verdict.TRUE)


async def test_a_disk_that_cannot_be_asked_says_nothing() -> None:
    seen = await Watch().see(disk_free=None)
    assert "disk" not in seen


async def test_a_clock_that_jumps_is_an_event_that_says_by_how_much() -> None:
    watch = Watch()
    await watch.see()
    watch.clock.step_wall(-3600.5)
    await watch.see()
    await watch.see()
    assert watch.happened == [("clock_step", "-3600.5 s")]
    watch.clock.step_wall(7.0)
    await watch.see()
    assert watch.happened[1:] == [("clock_step", "+7.0 s")]
    assert watch.tally.get("clock_steps_total") == 2


async def test_a_clock_that_is_slewed_or_stepped_by_little_is_no_event() -> None:
    watch = Watch()
    for _ in range(100):
        watch.clock.step_wall(0.0025)  # 500 ppm
        await watch.see()
    watch.clock.step_wall(1.9)
    await watch.see()
    assert watch.happened == []


async def test_synchronisation_that_is_unknown_neither_raises_nor_ends() -> None:
    watch = Watch()
    assert (await watch.see(synchronised=False))["clock_sync"] is Verdict.TRUE
    assert "clock_sync" not in await watch.see(synchronised=None)


async def test_a_spool_more_than_half_full() -> None:
    watch = Watch()
    watch.fill = 0.51
    assert (await watch.see())["spool_filling"] is Verdict.TRUE
    watch.fill = 0.45
    assert (await watch.see())["spool_filling"] is Verdict.BAND
    watch.fill = 0.1
    assert (await watch.see())["spool_filling"] is Verdict.FALSE


async def test_a_message_due_for_more_than_two_minutes() -> None:
    watch = Watch()
    watch.due = watch.clock.now().steady
    for _ in range(24):
        assert (await watch.see())["outbox"] is not Verdict.TRUE
    assert (await watch.see())["outbox"] is Verdict.TRUE
    watch.due = None
    assert (await watch.see())["outbox"] is Verdict.FALSE


def row(due: float, state: Delivery = Delivery.WAITING, id_: str = "m") -> Notification:
    return Notification(id_, 1, "pit-1.leak", 1, 1, 0, "electrician", "sms", due, state=state)


def test_a_retry_does_not_make_a_message_young_again() -> None:
    outbox = Outbox()
    assert outbox.oldest_due is None
    outbox.put(row(100.0))
    outbox.put(row(130.0, Delivery.RETRYING))
    outbox.put(row(400.0, Delivery.UNCERTAIN))
    assert outbox.oldest_due == 100.0
    outbox.put(row(90.0, id_="n"))
    assert outbox.oldest_due == 90.0
    outbox.put(row(90.0, Delivery.SENT, id_="n"))
    outbox.put(row(400.0, Delivery.CANCELLED))
    assert outbox.oldest_due is None
    assert outbox.states() == {("sms", Delivery.SENT): 1, ("sms", Delivery.CANCELLED): 1}


def test_every_card_speaks_all_three_languages() -> None:
    for rule in (*machine_rules(), *drill_rules()):
        for text in (rule.title, rule.card.cause, rule.card.consequence, rule.card.action):
            assert set(text) == {"en", "zh-Hant", "zh-Hans"}
            assert all(text.values())
