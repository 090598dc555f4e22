"""One writer: order kept, groups formed, nothing lost while the journal cannot write."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.alarm import Alarm
from monitor.domain.rules import Priority
from monitor.engine.tally import Tally
from monitor.engine.writer import GROUP, LARGEST, JournalWriter, Rejected
from monitor.ports import Change, Permanent, Transient
from tests.engine.bench import TestJournal
from tests.support.clock import VirtualClock, settle


class Writing:
    """A writer at work on a test journal."""

    def __init__(self) -> None:
        self.journal = TestJournal()
        self.clock = VirtualClock()
        self.tally = Tally()
        self.writer = JournalWriter(self.journal, self.clock, self.tally)
        self.task = asyncio.create_task(self.writer.run())

    async def __aenter__(self) -> Writing:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.task.cancel()


def change(name: str) -> Change:
    return Change(marks={name: name})


def names(journal: TestJournal) -> list[str]:
    return [name for one in journal.changes for name in one.marks]


async def test_what_comes_while_a_commit_is_under_way_is_committed_together_and_in_order() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        futures = [w.writer.submit(change(f"{i}")) for i in range(GROUP + 10)]
        await settle()
        w.journal.gate.set()
        await asyncio.gather(*futures)
        assert names(w.journal) == [f"{i}" for i in range(GROUP + 10)]
        assert [len(commit) for commit in w.journal.commits] == [GROUP, 10]


async def test_a_future_resolves_only_after_the_commit() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        done = w.writer.submit(change("a"))
        await settle()
        assert not done.done()
        w.journal.gate.set()
        await done


async def test_trouble_keeps_order_and_says_so_once_when_it_begins_and_once_when_it_ends() -> None:
    async with Writing() as w:
        heard: list[bool] = []
        w.writer.on_trouble = heard.append
        w.journal.trouble = Transient("locked")
        w.writer.submit(change("a"))
        await settle()
        w.writer.submit(change("b"))
        await w.clock.advance(5)
        assert heard == [True]
        assert not w.writer.ok
        w.journal.trouble = None
        await w.clock.advance(2)
        assert heard == [True, False]
        assert names(w.journal) == ["a", "b"]


async def test_one_change_that_can_never_be_stored_does_not_block_the_others_and_is_told() -> None:
    async with Writing() as w:
        w.journal.poison = poison = change("poison")
        w.journal.gate = asyncio.Event()
        first = w.writer.submit(change("a"))
        bad = w.writer.submit(poison)
        last = w.writer.submit(change("b"))
        await settle()
        w.journal.gate.set()
        await asyncio.gather(first, last)
        with pytest.raises(Rejected):
            await bad
        assert names(w.journal) == ["a", "b"]
        assert w.tally.get("journal_rejected_total") == 1


async def test_a_journal_that_is_broken_for_good_loses_nothing_and_is_tried_again() -> None:
    async with Writing() as w:
        w.journal.trouble = Permanent("read-only")
        done = w.writer.submit(change("a"))
        await w.clock.advance(10)
        assert not done.done()
        assert not w.writer.healthy()
        w.journal.trouble = None
        await w.clock.advance(2)
        await done
        assert names(w.journal) == ["a"]


async def test_a_commit_that_never_returns_is_ill_health_after_ten_seconds() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        w.writer.submit(change("a"))
        await w.clock.advance(9)
        assert w.writer.healthy()
        await w.clock.advance(2)
        assert not w.writer.healthy()


async def test_a_commit_that_never_returns_is_trouble_that_people_see_and_its_return_ends_it() -> None:
    """A disk that hangs gives no error: without this its alarms were nowhere to be seen."""
    async with Writing() as w:
        told: list[bool] = []
        w.writer.on_trouble = told.append
        w.journal.gate = asyncio.Event()
        w.writer.submit(change("a"))
        await w.clock.advance(9)
        assert told == []
        await w.clock.advance(2)
        assert (told, w.writer.ok) == ([True], False)
        w.journal.gate.set()
        await settle()
        assert (told, w.writer.ok) == ([True, False], True)
        assert names(w.journal) == ["a"]


async def test_a_listener_that_fails_stops_neither_the_writer_nor_the_other_listeners() -> None:
    async with Writing() as w:
        seen: list[Change] = []

        def broken(_: Change) -> None:
            raise RuntimeError("listener")

        w.writer.on_commit += [broken, seen.append]
        await w.writer.submit(change("a"))
        await w.writer.submit(change("b"))
        assert len(seen) == 2


def raised(alarm: str, number: int) -> Change:
    return Change(alarms=(Alarm(alarm, Priority.HIGH, occurrence=number),), marks={f"{alarm}.{number}": ""})


async def flood(w: Writing, *, between: dict[int, Change] | None = None) -> None:
    """One commit is under way and three groups wait behind it, some changes of the caller's among them."""
    w.journal.gate = asyncio.Event()
    w.writer.submit(change("first"))
    await settle()
    for i in range(3 * GROUP):
        w.writer.submit((between or {}).get(i) or change(f"bulk-{i}"))


async def test_in_a_flood_what_somebody_waits_for_is_stored_next_and_does_not_wait_for_the_bulk() -> None:
    async with Writing() as w:
        await flood(w)
        answers = [w.writer.submit(change(f"ack-{i}"), urgent=True) for i in range(2)]
        assert w.journal.gate is not None
        w.journal.gate.set()
        await asyncio.gather(*answers)
        await settle()
        assert [len(commit) for commit in w.journal.commits] == [1, 2, GROUP, GROUP, GROUP]
        assert names(w.journal)[:3] == ["first", "ack-0", "ack-1"]
        assert names(w.journal)[3:] == [f"bulk-{i}" for i in range(3 * GROUP)]


async def test_what_goes_first_takes_along_all_that_happened_before_to_the_same_things() -> None:
    linked = Change(alarms=(Alarm("a", Priority.HIGH), Alarm("b", Priority.HIGH)), marks={"both": ""})
    before = {10: raised("b", 1), 150: raised("c", 1), 200: linked, 250: raised("a", 2)}
    async with Writing() as w:
        await flood(w, between=before)
        answer = w.writer.submit(raised("a", 3), urgent=True)
        w.writer.submit(raised("a", 4))
        assert w.journal.gate is not None
        w.journal.gate.set()
        await answer
        await settle()
        stored = names(w.journal)
        assert stored[:5] == ["first", "b.1", "both", "a.2", "a.3"]
        assert stored[-1] == "a.4"
        assert len(stored) == 3 * GROUP + 3


async def test_groups_grow_when_many_wait() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        done = [w.writer.submit(change(f"{i}")) for i in range(1 + 4000)]
        await settle()
        w.journal.gate.set()
        await asyncio.gather(*done)
        sizes = [len(commit) for commit in w.journal.commits]
        assert (sizes[0], max(sizes[1:]), sizes[-2]) == (LARGEST, LARGEST, GROUP)
        assert names(w.journal) == [f"{i}" for i in range(4001)]


async def test_without_a_flood_nothing_overtakes() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        w.writer.submit(change("first"))
        await settle()
        for i in range(GROUP - 1):
            w.writer.submit(change(f"{i}"))
        w.writer.submit(change("ack"), urgent=True)
        w.journal.gate.set()
        await settle()
        assert names(w.journal) == ["first", *(f"{i}" for i in range(GROUP - 1)), "ack"]


async def test_an_urgent_change_that_can_never_be_stored_holds_up_nobody() -> None:
    async with Writing() as w:
        await flood(w)
        bad = w.journal.poison = change("bad")
        answers = [w.writer.submit(bad, urgent=True), w.writer.submit(change("good"), urgent=True)]
        assert w.journal.gate is not None
        w.journal.gate.set()
        with pytest.raises(Rejected):
            await answers[0]
        await answers[1]
        await settle()
        assert w.writer.depth == 0
        assert len(names(w.journal)) == 1 + 1 + 3 * GROUP


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=30),
    st.integers(min_value=1, max_value=4),
)
def test_whatever_goes_first_each_things_own_changes_stay_in_order(
    submitted: list[tuple[str, bool]], group: int
) -> None:
    async def tell() -> None:
        w = Writing()
        for number, (alarm, urgent) in enumerate(submitted):
            w.writer.submit(raised(alarm, number), urgent=urgent)
        await w.writer.submit(Change())
        w.task.cancel()
        stored = [alarm for one in w.journal.changes for alarm in one.alarms]
        assert len(stored) == len(submitted)
        for name in "abcdef":
            own = [alarm.occurrence for alarm in stored if alarm.id == name]
            assert own == sorted(own)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.engine.writer.GROUP", group)
        asyncio.run(tell())


async def test_caught_up_waits_for_everything_that_was_there_also_for_what_is_overtaken() -> None:
    async with Writing() as w:
        w.journal.gate = asyncio.Event()
        futures = [w.writer.submit(change(f"{i}")) for i in range(2 * GROUP)]
        futures.append(w.writer.submit(change("urgent"), urgent=True))
        reached = asyncio.create_task(w.writer.caught_up())
        await settle()
        assert not reached.done()
        w.journal.gate.set()
        await reached
        assert all(future.done() for future in futures)
        await w.writer.caught_up()
