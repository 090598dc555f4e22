"""Nothing is called safe that a kill or a power cut could take."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.engine.safekeeping import HELD, RETRY, Safekeeping
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Permanent, Transient
from monitor.storage.spool import DiskSpool
from tests.engine.bench import TestJournal
from tests.support.clock import VirtualClock, settle


class Kept:
    """A writer on a test journal and a spool on a disk that can be told to refuse."""

    def __init__(self, directory: Path) -> None:
        self.clock = VirtualClock()
        self.journal = TestJournal()
        self.tally = Tally()
        self.writer = JournalWriter(self.journal, self.clock, self.tally)
        self.spool = DiskSpool.open(directory)
        self.works = True
        self.syncs = 0
        self.gate: asyncio.Event | None = None
        self.settled: list[str] = []
        self.safe = Safekeeping(
            self.writer,
            self.spool,
            self.clock,
            self.tally,
            settle=lambda: self.settled.append("settled"),
            offload=self._sync,
        )
        self._task = asyncio.create_task(self.writer.run())

    async def _sync(self, sync: object, now: Instant) -> None:
        self.syncs += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.works:
            self.spool.sync(now)

    def say(self, value: float) -> None:
        self.spool.append([Sample("pit-1.level", 1_790_000_000_000, value, 0)])

    async def __aenter__(self) -> Kept:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        self.spool.close()


async def test_what_was_appended_is_safe_after_a_sync_and_nothing_new_needs_none(tmp_path: Path) -> None:
    async with Kept(tmp_path) as kept:
        kept.say(1.0)
        await kept.safe.reached()
        assert kept.spool.durable == kept.spool.appended == 1
        await kept.safe.reached()
        assert kept.syncs == 1
        assert kept.settled == ["settled", "settled"]


async def test_a_disk_that_takes_nothing_holds_everybody_until_it_does(tmp_path: Path) -> None:
    async with Kept(tmp_path) as kept:
        kept.works = False
        kept.say(1.0)
        waiting = asyncio.create_task(kept.safe.reached())
        await kept.clock.advance(HELD * 3)
        assert not waiting.done()
        kept.works = True
        await kept.clock.advance(RETRY)
        await waiting


@pytest.mark.parametrize("trouble", [Transient("disk full"), Permanent("read-only")])
async def test_a_journal_that_does_not_write_holds_what_it_should_hold(
    tmp_path: Path, trouble: Exception
) -> None:
    async with Kept(tmp_path) as kept:
        kept.journal.trouble = trouble
        kept.writer.submit(Change(marks={"alarm": "raised"}))
        waiting = asyncio.create_task(kept.safe.reached())
        await kept.clock.advance(HELD * 3)
        assert not waiting.done()
        kept.journal.trouble = None
        await kept.clock.advance(5)
        await waiting
        assert kept.journal.changes[-1].marks == {"alarm": "raised"}


async def test_a_change_that_is_rejected_for_ever_holds_nobody(tmp_path: Path) -> None:
    async with Kept(tmp_path) as kept:
        kept.journal.poison = Change(marks={"never": "taken"})
        kept.writer.submit(kept.journal.poison)
        await kept.safe.reached()


async def test_one_sync_serves_all_whose_samples_were_there_when_it_began(tmp_path: Path) -> None:
    async with Kept(tmp_path) as kept:
        kept.gate = asyncio.Event()
        kept.say(1.0)
        first = [asyncio.create_task(kept.safe.reached()) for _ in range(5)]
        await settle()
        kept.say(2.0)
        later = [asyncio.create_task(kept.safe.reached()) for _ in range(5)]
        await settle()
        kept.gate.set()
        await asyncio.gather(*first, *later)
        assert kept.syncs <= 2
        assert kept.spool.durable == 2
