"""SIGHUP without a daemon: what is taken, what is refused, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.cli.reloading import Reloading
from monitor.host import ServiceManager
from monitor.settings import ConfigurationError, load
from monitor.settings.problems import Problem
from monitor.settings.site import Site

CONFIG = Path(__file__).parents[2] / "config"


class Manager(ServiceManager):
    """Keeps what systemd would be told."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def ready(self, status: str = "") -> None:
        self.said.append("ready")

    def reloading(self) -> None:
        self.said.append("reloading")


class Reload:
    """Files that the test replaces by what they would be read as."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.files: Site | Exception = site
        self.manager = Manager()
        self.reloading = Reloading(site, self._load, self.manager)
        self.asked = asyncio.Event()

    def _load(self) -> Site:
        if isinstance(self.files, Exception):
            raise self.files
        return self.files

    async def hup(self) -> None:
        """A signal, and the time to read."""
        before = self.manager.said.count("reloading")
        self.asked.set()
        async with asyncio.timeout(20):
            while self.manager.said.count("reloading") == before or not self._settled():
                await asyncio.sleep(0.01)

    def _settled(self) -> bool:
        return self.manager.said[-1] == "ready" or self.reloading.changed.is_set()


@asynccontextmanager
async def reading() -> AsyncIterator[Reload]:
    site = load(CONFIG, driver_settings(), notifier_settings(), types=CONFIG / "types")
    one = Reload(site)
    task = asyncio.create_task(one.reloading.run(one.asked))
    try:
        yield one
    finally:
        task.cancel()
        one.manager.close()


async def test_a_change_is_taken_with_its_words() -> None:
    async with reading() as one:
        one.files = replace(one.site, language="en")
        await one.hup()
        assert one.reloading.changed.is_set()
        assert one.manager.said == ["reloading"], "ready is for the one that takes over to say"
        assert one.reloading.take() == (one.files, ("site: language zh-Hant -> en",))
        assert not one.reloading.changed.is_set()


@pytest.mark.parametrize(
    "trouble", [ConfigurationError([Problem("site.yaml", 1, 1, "wrong")]), RuntimeError("a fault of ours")]
)
async def test_what_cannot_be_read_changes_nothing_and_the_next_signal_is_heard(trouble: Exception) -> None:
    async with reading() as one:
        one.files = trouble
        await one.hup()
        assert one.manager.said == ["reloading", "ready"]
        assert not one.reloading.changed.is_set()
        one.files = replace(one.site, language="en")
        await one.hup()
        assert one.reloading.changed.is_set()


async def test_two_signals_before_anything_is_taken_lose_no_words() -> None:
    async with reading() as one:
        one.files = replace(one.site, language="en")
        await one.hup()
        one.files = replace(one.files, timezone="UTC")
        await one.hup()
        async with asyncio.timeout(20):
            while one.reloading._site is not one.files:
                await asyncio.sleep(0.01)
        site, changes = one.reloading.take()
        assert site is one.files
        assert changes == ("site: language zh-Hant -> en", "site: timezone Asia/Shanghai -> UTC")


async def test_the_way_back_leads_to_what_ran_last_and_only_once() -> None:
    async with reading() as one:
        first, _ = one.reloading.take()
        assert not one.reloading.back(first, "the very first has no way back")
        one.reloading.stood(first)
        one.files = second = replace(one.site, language="en")
        await one.hup()
        assert one.reloading.take()[0] is second
        one.reloading.stood(second)
        one.files = third = replace(one.site, language="zh-Hans")
        await one.hup()
        assert one.reloading.take()[0] is third
        assert one.reloading.back(third, "address taken")
        site, changes = one.reloading.take()
        assert site is second
        assert changes == ("went back: site: language zh-Hans -> en",)
        assert not one.reloading.back(second, "nor does that one start")
