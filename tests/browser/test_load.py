"""The page of the alarm load, as an engineer reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from monitor.domain.alarm import AlarmEvent
from monitor.domain.rules import Priority
from monitor.ports import Change
from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import World
from tests.domain.record import ordered, trip

pytestmark = pytest.mark.browser

CHATTER = 40


async def a_bad_week(world: World) -> None:
    """A level that flaps through an afternoon, a lift that is fleeting, a lamp zone that has stood for two days."""
    await stage.calm(world)
    now = world.now().wall
    flapping = [trip(i * 13.0, i * 13.0 + 6, "pit-1.level_high") for i in range(CHATTER)]
    fleeting = [
        trip(20_000 + i * 3600.0, 20_004 + i * 3600.0, "lift-1.fault", Priority.HIGH) for i in range(5)
    ]
    standing = [trip(9_000, None, "lamps-a.lamps")]
    rows = ordered(*flapping, *fleeting, *standing)
    start, first = rows[0].at, 1000

    def moved(number: int, row: AlarmEvent) -> AlarmEvent:
        return replace(row, sequence=first + number, at=now - 300_000 + row.at - start)

    await world.writer.write(Change(events=tuple(moved(n, row) for n, row in enumerate(rows))))


def test_the_worst_first_and_what_would_lighten_it(visit: Callable[..., Page], house: LiveHouse) -> None:
    house.do(a_bad_week)
    page = visit("/scorecard")
    page.click("text=報警負荷")
    expect(page.locator("h1")).to_have_text("報警負荷")
    expect(page.locator(".panel").first).to_contain_text(f"最忙的十分鐘{CHATTER}")
    worst = page.locator(".actors tbody tr").first
    expect(worst).to_contain_text("pit-1.level_high")
    expect(worst).to_contain_text("恢復延時")
    expect(worst).to_contain_text("不會漏報")
    expect(page.locator(".actors")).to_contain_text("已持續 8")
    expect(page.locator(".tabs .here")).to_have_text("服務報表")
