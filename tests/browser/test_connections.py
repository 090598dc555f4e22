"""The page of the connections: trouble first, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.engine.callers import CallersHealth, Stranger
from monitor.ports import TurnedAway
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


async def callers_at_the_door(world: World) -> None:
    """One stranger, one modem's name used by two."""
    await stage.calm(world)
    now = world.clock.now().wall
    strangers = (
        Stranger("<b>GET / HTTP", "192.0.2.7", TurnedAway.UNKNOWN, 12, now - 30),
        Stranger("", "192.0.2.8", TurnedAway.TOO_SLOW, 1, now - 7200),
    )
    world.plantroom.callers = CallersHealth(2, 9, 4, 13, ("DTU-0001",), strangers)


def test_who_dialled_in_and_who_was_sent_away(visit: Callable[..., Page], house: LiveHouse) -> None:
    house.do(callers_at_the_door)
    row = visit("/connections").locator(".links tbody tr", has_text="plantroom")
    expect(row).to_contain_text("已撥入 2 台 · 同名頂替 4 次 · 拒絕 13 次")
    expect(row).to_contain_text("疑有兩台設備共用註冊包 DTU-0001")
    expect(row).to_contain_text("192.0.2.7 以未登錄的註冊包「<b>GET / HTTP」撥入")
