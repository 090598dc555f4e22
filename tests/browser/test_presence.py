"""Whether a console can sound, as Chromium decides it and the daemon hears it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.domain.wording import Wording
from monitor.engine.dispatching import Dispatching
from monitor.engine.own_rules import rule_id
from monitor.engine.unheard import START_UP, Unheard
from monitor.notifiers.simulated import SimulatedPhone, SimulatedSettings
from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import World

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


async def _positions(world: World) -> list[tuple[str, str]]:
    return [(one.person, one.sound.value) for one in world.presence.positions]


def _until(house: LiveHouse, *wanted: tuple[str, str]) -> None:
    """The daemon knows these consoles, and no others."""
    seen: list[tuple[str, str]] = []
    for _ in range(100):
        seen = house.do(_positions)
        if seen == list(wanted):
            return
        time.sleep(0.05)
    raise AssertionError(f"{seen} instead of {wanted}")


def test_a_page_that_nobody_touched_says_loudly_that_it_is_mute(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    page = visit(untouched=True)
    _until(house, ("chen", "blocked"))
    bar = page.locator(".mutebar")
    expect(bar).to_contain_text("瀏覽器封鎖了聲音")
    expect(page.locator(".seats b")).to_have_text("0")
    bar.click()
    expect(bar).to_have_count(0)
    _until(house, ("chen", "on"))
    expect(page.locator(".seats b")).to_have_text("1")
    page.close()
    _until(house)


def test_the_horns_button_enables_and_then_switches_off_and_a_key_will_do_too(
    visit: Visit, house: LiveHouse
) -> None:
    house.do(stage.calm)
    page = visit(untouched=True)
    _until(house, ("chen", "blocked"))
    expect(page.locator(".mutebar")).to_be_visible()
    page.click(".horn .icon")
    _until(house, ("chen", "on"))
    page.click(".horn .icon")
    _until(house, ("chen", "off"))
    expect(page.locator(".mutebar")).to_have_count(0)
    page.click(".horn .icon")
    _until(house, ("chen", "on"))
    page.close()
    other = visit(untouched=True)
    _until(house, ("chen", "blocked"))
    other.keyboard.press("Shift+ArrowDown")
    _until(house, ("chen", "on"))


def test_changing_the_page_keeps_the_position_and_signing_out_ends_it(visit: Visit, house: LiveHouse) -> None:
    page = visit()
    _until(house, ("chen", "on"))
    page.click("nav.tabs a[href='/equipment']")
    expect(page.locator("a[href='/equipment/mdb-1']")).to_be_visible()
    _until(house, ("chen", "on"))
    page.click(".who")
    page.click("text=登出")
    _until(house)


async def _on_watch(world: World) -> list[asyncio.Task[None]]:
    """Joins what the composition root joins: the watch, long after its start, and messages that go out by themselves."""
    roster = world.site.roster
    phone = SimulatedPhone("phone", SimulatedSettings(), world.clock)
    dispatching = Dispatching(
        roster,
        {"phone": phone},
        writer=world.writer,
        alarming=world.alarming,
        clock=world.clock,
        wording=Wording("zh-Hant", roster.timezone, {}),
        tally=world.tally,
    )
    world.writer.on_commit.append(dispatching.observe)
    long_ago = Instant(world.now().wall - START_UP, world.now().steady - START_UP)

    def report(subject: str, verdict: Verdict, value: Value | None) -> None:
        world.alarming.report(rule_id(subject), verdict, world.now(), value)

    unheard = Unheard(world.presence, world.live, report, dispatching.hasten, long_ago)

    async def tick() -> None:
        while True:
            unheard.tick(world.now())
            world.alarming.tick(world.now())
            await world.clock.sleep(0.25)

    return [asyncio.create_task(dispatching.run()), asyncio.create_task(tick())]


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_critical_alarm_before_a_mute_console_goes_to_the_manager_at_once(
    visit: Visit, house: LiveHouse
) -> None:
    house.do(stage.calm)
    page = visit(untouched=True)
    _until(house, ("chen", "blocked"))
    watching = house.do(_on_watch)
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    leak = page.locator("[data-alarm='leak-b2-05.leak']")
    expect(leak).to_contain_text("王經理 已", timeout=20_000)
    ours = page.locator("[data-alarm='watchroom.console']")
    expect(ours).to_contain_text("無監控台可發出警報聲 聲音遭瀏覽器封鎖")
    expect(ours).to_contain_text("到值班室登入監控台並啟用聲音")
    page.click(".mutebar")
    expect(ours).to_contain_text("已恢復", timeout=20_000)
    house.do(lambda world: _end(watching))


def test_an_operator_sees_who_else_can_hear(visit: Visit, house: LiveHouse) -> None:
    mine = visit()
    _until(house, ("chen", "on"))
    visit(name="viewer")
    _until(house, ("chen", "on"), ("viewer", "on"))
    other = visit(name="operator", untouched=True)
    _until(house, ("chen", "on"), ("viewer", "on"), ("operator", "blocked"))
    mine.click(".seats button")
    sheet = mine.locator(".positions")
    expect(sheet.locator("h3")).to_have_text("1 個崗位聽得到報警")
    expect(sheet.locator("li")).to_have_count(3)
    expect(sheet.locator("li", has_text="本機")).to_contain_text(re.compile("聲音已開 · 12:0"))
    expect(sheet.locator("li", has_text="operator")).to_contain_text("聲音被封鎖")
    expect(sheet.locator("li", has_text="viewer")).to_contain_text("不計入")
    mine.evaluate(
        """() => {
            window.__tones = 0;
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (at) { window.__tones++; return start.call(this, at); };
        }"""
    )
    sheet.get_by_role("button", name="測試警報聲").click()
    mine.wait_for_timeout(200)
    assert mine.evaluate("window.__tones") == 3
    other.close()
    expect(sheet.locator("li")).to_have_count(2)
