"""The page of the connections: trouble first, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import World

pytestmark = pytest.mark.browser


async def a_silent_room(world: World) -> None:
    """One equipment of the plant room is given up; the broker is away."""
    await stage.calm(world)
    world.plantroom.given_up["room-1"] = 45.0
    world.connections.link("hub", False, "wrong password")


def test_who_is_silent_and_which_way_is_closed(visit: Callable[..., Page], house: LiveHouse) -> None:
    house.do(a_silent_room)
    page = visit("/equipment")
    page.click("text=通信連接")
    expect(page.locator("h1")).to_have_text("通信連接")
    first, second = page.locator(".links tbody tr").nth(0), page.locator(".links tbody tr").nth(1)
    expect(first).to_contain_text("hub")
    expect(first).to_contain_text("中斷")
    expect(first).to_contain_text("wrong password")
    expect(second).to_contain_text("無應答，45 秒後重試")
    expect(second).to_contain_text("12 ms")
    expect(second).to_contain_text("99 % 在 46 ms 內")
    expect(page.locator(".tabs .here")).to_have_text("設備")
    second.locator("a").click()
    expect(page).to_have_url(f"{house.url}/equipment/room-1")


def test_it_speaks_english_too(visit: Callable[..., Page], house: LiveHouse) -> None:
    house.do(a_silent_room)
    page = visit("/connections?lang=en")
    expect(page.locator("h1")).to_have_text("Connections")
    expect(page.locator(".links")).to_contain_text("does not answer, next try in 45 s")
