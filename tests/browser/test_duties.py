"""What the person on duty does beside acknowledging: silence, call somebody, note a test. In a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from monitor.domain.positions import OperatorPosition
from monitor.domain.service import Mode
from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import World

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PIT = "pit-1.level_high"


async def desks(world: World) -> None:
    await stage.calm(world)
    plant = OperatorPosition("plant", {"zh-Hant": "設備監控席", "en": "Plant desk"})
    world.app.state.services = replace(world.services, site=replace(world.site, positions=(plant,)))


async def high(world: World) -> None:
    await world.measure("pit-1.level", 2.62)


async def chatter(world: World) -> None:
    for _ in range(3):
        await world.measure("pit-1.level", 2.62)
        await world.measure("pit-1.level", 1.0)
    await world.measure("pit-1.level", 2.62)


def test_who_silenced_the_horn_and_where_stands_in_the_story_of_the_alarm(
    visit: Visit, house: LiveHouse
) -> None:
    house.do(desks)
    page = visit()
    page.click(".seats > button")
    page.select_option(".positions select", "plant")
    expect(page.locator(".positions li")).to_contain_text("設備監控席")
    page.click(".seats > button")
    house.do(high)
    page.click("button.silence")
    expect(page.locator("button.silence")).to_have_count(0)
    silenced = page.locator(".timeline li.silenced")
    expect(silenced).to_contain_text("警報聲已消音 陳師傅")
    expect(silenced).to_contain_text("設備監控席")
    expect(page.locator(f"[data-alarm='{PIT}'].unack")).to_be_visible()


def test_the_card_says_whom_to_call_with_who_is_on_duty_and_by_when(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    house.do(high)
    page = visit()
    card = page.locator(".side .card .call")
    expect(card).to_contain_text("當值電工")
    expect(card.locator("a")).to_have_attribute("href", "tel:+8613800000001")
    expect(page.locator(f"[data-alarm='{PIT}'] .respond")).to_contain_text("尚餘 59:")
    expect(page.locator(".side .due")).to_contain_text("13:00")


def test_a_chattering_alarm_says_so_at_its_row(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    house.do(chatter)
    page = visit()
    expect(page.locator(f"[data-alarm='{PIT}'] .nuisance")).to_have_text("反覆報警：近 1 小時 4 次")


def test_a_sensor_test_is_noted_on_the_equipments_page(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    page = visit("/equipment/leak-b2-05")
    expect(page.locator(".tests li")).to_contain_text("上次驗證 2026-11-23")
    page.click(".tests button")
    page.fill("textarea[name=note]", "濕布")
    page.click("dialog button.primary")
    expect(page.locator(".toast")).to_have_text("測試已記錄")

    async def noted(world: World) -> list[tuple[str | None, str]]:
        events = (await world.journal.events(alarm="leak-b2-05.untested", limit=10)).items
        return [(event.actor, event.note) for event in events]

    assert house.do(noted) == [("chen", "濕布")]


def test_equipment_out_of_service_is_one_line_and_not_one_for_each_of_its_rules(
    visit: Visit, house: LiveHouse
) -> None:
    async def away(world: World) -> None:
        await stage.calm(world)
        until = world.now().wall + 4 * 3600
        await world.services.servicing.change("room-1", Mode.OUT_OF_SERVICE, until, "chen", "年度檢修")

    house.do(away)
    page = visit()
    expect(page.locator(".away li")).to_have_count(1)
    expect(page.locator(".away li")).to_contain_text("2 項報警不提示")
    page.click("text=誰、為何、到何時")
    expect(page.locator("[data-away='room-1']")).to_contain_text("年度檢修")
    expect(page.locator("[data-hidden]")).to_have_count(0)
