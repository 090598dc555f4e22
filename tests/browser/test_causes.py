"""A power cut on the alarm page, and a list that stays usable in a flood."""

from __future__ import annotations

import os
from collections.abc import Callable

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
