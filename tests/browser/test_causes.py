"""A power cut on the alarm page, and a list that stays usable in a flood."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import World

pytestmark = pytest.mark.browser


async def a_power_cut(world: World) -> None:
    await stage.calm(world)
    await world.measure("mdb-1.v_l1", 12.0)
    await world.measure("pit-1.pump_1_fault", True)
    await world.measure("lift-1.trapped", True)


def photograph(page: Page, name: str) -> None:
    """For people who want to look: WATCHROOM_PICTURES names a directory."""
    if directory := os.environ.get("WATCHROOM_PICTURES"):
        page.screenshot(path=f"{directory}/{name}.png")


@pytest.mark.parametrize("width", [1500, 390])
def test_a_power_cut_is_one_headline_with_what_it_explains_under_it(
    width: int, visit: Callable[..., Page], house: LiveHouse
) -> None:
    house.do(a_power_cut)
    page = visit(width=width)
    rows = page.locator(".list > .rows > .row")
    expect(rows).to_have_count(2)
    headline = page.locator("[data-alarm='mdb-1.undervoltage']")
    expect(headline.locator(".fold")).to_contain_text("因此另有 2 項")
    expect(page.locator("[data-alarm='pit-1.pump_1_fault']")).to_have_count(0)
    expect(page.locator("[data-alarm='lift-1.trapped']")).to_contain_text("起因")
    headline.locator(".fold").click()
    expect(headline.locator("[data-child]")).to_have_count(2)
    expect(headline.locator("[data-child='pit-1.pump_1_fault']")).to_be_visible()
    photograph(page, f"causes-{width}")


async def a_flood(world: World, count: int = 2000) -> None:
    """Alarms as the live view would show them, the rule of one for all: what is tried is the list."""
    await stage.calm(world)
    await world.measure("pit-1.level", 2.9)
    await world.measure("leak-b2-05.leak", True)
    await world.settle()
    view = world.live.alarm("pit-1.level_high")
    assert view is not None
    for number in range(count):
        alarm = replace(view.alarm, id=f"pit-1.many_{number}", raised_at=world.now().wall - 60 - number)
        world.live._rules[alarm.id] = replace(view.rule, id=alarm.id)  # type: ignore[index]
        world.live.show(alarm, stored=True)


async def acknowledged(world: World) -> bool:
    return world.alarming.alarm("leak-b2-05.leak").acknowledged


def test_a_flood_is_drawn_in_pages_and_a_key_acknowledges_the_most_urgent(
    visit: Callable[..., Page], house: LiveHouse
) -> None:
    house.do(a_flood)
    page = visit()
    rows = page.locator(".list > .rows > .row")
    expect(rows).to_have_count(100)
    expect(page.locator(".turn span")).to_contain_text("2002", timeout=15_000)
    assert rows.first.get_attribute("data-alarm") == "leak-b2-05.leak"
    page.keyboard.press("a")
    expect(page.locator("[data-alarm='leak-b2-05.leak']")).to_have_count(0)  # behind those that wait
    assert house.do(acknowledged)
    photograph(page, "flood")
    page.click(".turn button:last-child")
    expect(page.locator(".turn span")).to_contain_text("101–200")


def test_several_are_marked_and_acknowledged_together_and_what_is_hidden_has_a_page(
    visit: Callable[..., Page], house: LiveHouse
) -> None:
    house.do(a_power_cut)
    page = visit()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.locator(".marked.on b")).to_contain_text("2")
    photograph(page, "marked")
    page.keyboard.press("a")
    expect(page.locator(".list > .rows > .row.unack")).to_have_count(0)
    page.goto(house.url + "/hidden")
    expect(page.locator("[data-hidden='pit-1.pump_1_fault']")).to_contain_text("歸入起因")
    photograph(page, "hidden")
