"""Who could hear the horn, and what happens when nobody could: in virtual time, through the real chain up to the channel."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from monitor.domain.alarm import Shelve
from monitor.domain.escalation import EscalationStep, Match, Policy
from monitor.domain.notification import Delivery, Unless
from monitor.domain.people import Role
from monitor.domain.point import Value
from monitor.domain.rules import Priority, Verdict
from monitor.engine.own_rules import rule_id
from monitor.engine.presence import EXPIRY, Position, Presence, Sound
from monitor.engine.presence_rules import CONSOLE, presence_rules
from monitor.engine.tally import Tally
from monitor.engine.unheard import GRACE, SETTLE, START_UP, Unheard
from monitor.ports import Heard, Receipt
from tests.engine.house import ESCALATION, House, MemoryJournal, plain_rule
from tests.support.clock import VirtualClock, settle

LEAK = plain_rule("leak")
FIRE = plain_rule("fire")
PUMP = plain_rule("pump", Priority.HIGH)
OURS = rule_id(CONSOLE)


class Room(House):
    """A house with consoles; `go` is the daemon's clock loop."""

    def __init__(
        self, journal: MemoryJournal | None = None, clock: VirtualClock | None = None, **more: object
    ):
        super().__init__(journal, clock, rules=[LEAK, FIRE, PUMP, *presence_rules()], **more)  # type: ignore[arg-type]
        self.presence = Presence(self.clock, self.tally)
        self.unheard = Unheard(
            self.presence, self.live, self._report, self.dispatching.hasten, self.clock.now()
        )
        self._seats: dict[str, ExitStack] = {}

    def _report(self, subject: str, verdict: Verdict, value: Value | None) -> None:
        self.alarming.report(rule_id(subject), verdict, self.clock.now(), value)

    async def go(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            await self.wait(1)
            self.unheard.tick(self.clock.now())
            for seat in self._seats:
                self.speak(seat)
            await settle(60)

    def sit(self, console: str, sound: Sound = Sound.ON, role: Role = Role.OPERATOR) -> None:
        seat = self._seats.setdefault(console, ExitStack())
        seat.enter_context(self.presence.attend(console, "chen", role))
        self.presence.say(console, "chen", sound)

    def speak(self, console: str) -> None:
        """The page says again what it said before."""
        for one in self.presence.positions:
            if one.id == console:
                self.presence.say(console, "chen", one.sound)

    def leave(self, console: str) -> None:
        self._seats.pop(console).close()

    @property
    def ours(self) -> tuple[bool, Value | None]:
        alarm = self.alarming.alarm(OURS)
        return alarm.active, alarm.value

    @property
    def told(self) -> list[tuple[str, str | None]]:
        return [(row.alarm, row.recipient) for row in (*self.sms.sent, *self.phone.sent)]


@pytest.mark.parametrize(
    ("seats", "why"),
    [
        ([], "nobody"),
        ([("a", Sound.BLOCKED, Role.OPERATOR)], "blocked"),
        ([("a", Sound.OFF, Role.ADMIN)], "off"),
        ([("a", Sound.OFF, Role.OPERATOR), ("b", Sound.BLOCKED, Role.OPERATOR)], "blocked"),
        ([("wall", Sound.ON, Role.VIEWER)], "nobody"),
        ([("a", Sound.ON, Role.OPERATOR)], None),
        ([("a", Sound.BLOCKED, Role.OPERATOR), ("b", Sound.ON, Role.OPERATOR)], None),
    ],
)
async def test_what_silence_is_called(seats: list[tuple[str, Sound, Role]], why: str | None) -> None:
    async with Room() as room:
        for seat in seats:
            room.sit(*seat)
        await room.go(START_UP)
        assert room.ours == (False, None), "nothing is critical"
        await room.raise_("leak")
        await room.go(GRACE + 2)
        assert room.ours == (why is not None, why)
        managers = [who for alarm, who in room.told if alarm == LEAK.id and who == "wang"]
        assert managers == (["wang"] if why else [])


async def test_everybody_further_up_is_told_at_once_and_only_once() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE - 2)
        assert room.told == [(LEAK.id, "chen")]
        commits = len(room.journal.commits)
        await room.go(4)
        assert room.told == [(LEAK.id, "chen"), (LEAK.id, "wang"), (LEAK.id, "chen")]
        hastened = [
            [row.step for row in change.notifications]
            for change in room.journal.commits[commits:]
            if any(row.reason == "no_console" for row in change.notifications)
        ]
        assert hastened == [[1, 2]], "in one commit, each once"
        await room.go(900)
        assert len([one for one in room.told if one[0] == LEAK.id]) == 3


async def test_a_step_whose_exception_holds_is_still_needless() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("leak")
        receipt = Receipt(room.row(0, LEAK.id).reference, True, room.clock.now().wall)
        await room.dispatching.heard("sms", Heard(receipts=(receipt,)))
        await room.go(GRACE + 2)
        assert room.row(1, LEAK.id).state is Delivery.CANCELLED
        assert room.row(1, LEAK.id).reason == "received"
        assert room.row(2, LEAK.id).state is Delivery.SENT


async def test_a_reminder_of_the_same_person_on_the_same_channel_keeps_its_time() -> None:
    steps = (
        EscalationStep(0.0, "electrician", "sms"),
        EscalationStep(180.0, "electrician", "sms", Unless.RECEIPT),
        EscalationStep(600.0, "manager", "sms", Unless.ACKNOWLEDGED),
        EscalationStep(900.0, "manager", "sms", Unless.ACKNOWLEDGED),
    )
    async with Room(policies=[Policy(Match(equipment=frozenset({"pit-1"})), steps)]) as room:
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE + 2)
        assert [row.step for row in room.sms.sent] == [0, 2]
        await room.go(180)
        assert [row.step for row in room.sms.sent] == [0, 2, 1]
        await room.go(900)
        assert [row.step for row in room.sms.sent] == [0, 2, 1, 3]


async def test_it_ends_when_somebody_can_hear_again_and_the_next_alarm_keeps_its_times() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE + 2)
        assert room.ours == (True, "nobody")
        room.sit("a", Sound.BLOCKED)
        await room.go(2)
        assert room.ours[0]
        room.presence.say("a", "chen", Sound.ON)
        await room.go(12)
        assert not room.ours[0]
        await room.raise_("fire")
        await room.go(60)
        assert [who for alarm, who in room.told if alarm == FIRE.id] == ["chen"]


async def test_a_person_who_acknowledges_ends_it_too() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE + 2)
        await room.acknowledge(LEAK.id)
        await room.go(12)
        assert not room.ours[0]


async def test_our_own_alarm_does_not_keep_itself_alive() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE + 2)
        await room.clear("leak")
        await room.acknowledge(LEAK.id)
        await room.go(60)
        ours = room.alarming.alarm(OURS)
        assert (ours.active, ours.acknowledged) == (False, False)
        assert len([event for event in room.journal.events if event.alarm == OURS]) == 2


async def test_what_is_not_critical_or_hidden_waits_as_it_always_did() -> None:
    async with Room() as room:
        await room.go(START_UP)
        await room.raise_("pump")
        await room.raise_("leak")
        until = room.clock.now().wall + 3600
        await room.alarming.command(LEAK.id, Shelve(1, 1, until, "known", "chen"))
        await room.go(60)
        assert room.ours == (False, None)
        assert [who for alarm, who in room.told if alarm == PUMP.id] == ["chen"]


async def test_after_a_start_consoles_get_time_to_find_back() -> None:
    async with Room() as room:
        await room.raise_("leak")
        await room.go(START_UP - 5)
        assert room.ours == (False, None)
        room.sit("a")
        await room.go(30)
        assert room.ours == (False, None)
    journal, clock = room.journal, room.clock
    async with Room(journal, clock) as room:
        await room.go(START_UP + 2)
        assert room.ours == (True, "nobody"), "nobody came back: no further patience"


async def test_a_page_that_is_loaded_anew_alarms_nobody_and_one_that_stays_away_does() -> None:
    async with Room() as room:
        room.sit("a")
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE * 2)
        room.leave("a")
        await room.go(SETTLE - 2)
        room.sit("b")
        await room.go(30)
        assert room.ours == (False, None)
        room.leave("b")
        await room.go(SETTLE + 3)
        assert room.ours == (True, "nobody")


# Positions


class Seats:
    def __init__(self) -> None:
        self.clock, self.tally = VirtualClock(), Tally()
        self.presence = Presence(self.clock, self.tally)
        self.seen: list[tuple[str, Sound | None]] = []
        self.presence.on_change = self._changed

    def _changed(self, id_: str, position: Position | None) -> None:
        self.seen.append((id_, position.sound if position else None))

    def counted(self) -> dict[str, float]:
        return {sound.value: self.tally.get("consoles", sound=sound.value) for sound in Sound}


async def test_a_console_is_here_from_its_first_word_until_its_line_closes() -> None:
    seats = Seats()
    assert seats.counted() == {"on": 0, "off": 0, "blocked": 0}
    assert not seats.presence.say("a", "chen", Sound.ON), "no line, no position"
    with seats.presence.attend("a", "chen", Role.OPERATOR):
        assert seats.presence.positions == ()
        assert seats.presence.say("a", "chen", Sound.BLOCKED)
        assert not seats.presence.say("a", "li", Sound.ON), "somebody else's line"
        assert seats.presence.say("a", "chen", Sound.ON)
        assert seats.counted() == {"on": 1, "off": 0, "blocked": 0}
        with seats.presence.attend("a", "chen", Role.OPERATOR):
            pass
        assert len(seats.presence.positions) == 1, "the page only changed its line"
    assert seats.presence.positions == ()
    assert seats.seen == [("a", Sound.BLOCKED), ("a", Sound.ON), ("a", None)]
    assert seats.counted() == {"on": 0, "off": 0, "blocked": 0}


async def test_a_console_that_says_nothing_more_is_forgotten() -> None:
    seats = Seats()
    with seats.presence.attend("a", "chen", Role.OPERATOR):
        seats.presence.say("a", "chen", Sound.ON)
        await seats.clock.advance(EXPIRY - 1)
        seats.presence.look()
        assert len(seats.presence.positions) == 1
        await seats.clock.advance(1)
        seats.presence.look()
        assert seats.presence.positions == ()
        seats.presence.say("a", "chen", Sound.OFF)
        assert [one.sound for one in seats.presence.positions] == [Sound.OFF]


async def test_a_viewer_is_shown_and_does_not_count() -> None:
    seats = Seats()
    with seats.presence.attend("wall", "guest", Role.VIEWER):
        seats.presence.say("wall", "guest", Sound.ON)
        assert [one.counts for one in seats.presence.positions] == [False]
        assert seats.counted() == {"on": 0, "off": 0, "blocked": 0}


def test_the_alarm_speaks_three_languages_and_so_does_its_value() -> None:
    (rule,) = presence_rules()
    texts = [rule.title, rule.card.cause, rule.card.consequence, rule.card.action]
    texts += rule.condition.words.values()  # type: ignore[union-attr]
    assert len(texts) == 7
    assert all(set(text) == {"en", "zh-Hant", "zh-Hans"} for text in texts)


async def test_a_message_says_why_in_its_readers_language() -> None:
    everything = Policy(Match(), ESCALATION)
    async with Room(policies=[everything]) as room:
        room.sit("a", Sound.BLOCKED)
        await room.go(START_UP)
        await room.raise_("leak")
        await room.go(GRACE + 2)
        (text,) = [row.text for row in room.sms.sent if row.alarm == OURS]
        assert "無監控台可發出警報聲 聲音遭瀏覽器封鎖" in text
        assert "先：到值班室登入監控台" in text
