"""The page of the past: as it was, played, and never taken for the present."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.console.times import local, stamp
from tests.browser.house import LiveHouse
from tests.console import stage

pytestmark = pytest.mark.browser


@pytest.fixture
def begun(house: LiveHouse) -> float:
    """When the pit rose."""
    return house.do(stage.last_hour)


def clock_of(at: float) -> str:
    return local(at, "Asia/Shanghai")[11:19]


def test_the_past_is_shown_as_it_was_and_as_past(
    visit: Callable[..., Page], house: LiveHouse, begun: float
) -> None:
    page = visit(f"/replay?at={stamp(begun + 60)}")
    expect(page.locator(".pastband .word")).to_have_text("過去")
    expect(page.locator(".pastband .then")).to_contain_text(clock_of(begun + 60))
    row = page.locator(".replay .row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("未確認")
    expect(row.locator("button.ack")).to_have_count(0)
    expect(page.locator(".tile.has")).to_have_count(1)
    # The live list has nothing of it.
    expect(page.locator(".tabs .badge")).to_have_count(0)
    row.click()
    expect(page.locator(".replay .detail .timeline li")).to_have_count(1)
    expect(page.locator(".replay .detail .actions")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_have_count(0)


def test_it_plays_and_stops(visit: Callable[..., Page], begun: float) -> None:
    page = visit(f"/replay?at={stamp(begun - 30)}")
    expect(page.locator(".replay .row")).to_have_count(0)
    page.click("text=60×")
    page.click(".controls .play")
    expect(page.locator(".replay .row")).to_have_count(1, timeout=10_000)
    expect(page.locator(".replay .row")).to_contain_text("已確認", timeout=10_000)
    expect(page.locator(".happened")).to_contain_text("確認")
    page.click(".controls .play")
    shown = page.locator(".pastband .then").inner_text()
    page.wait_for_timeout(600)
    assert page.locator(".pastband .then").inner_text() == shown


def test_it_jumps_to_an_alarm_and_back_to_the_present(
    visit: Callable[..., Page], house: LiveHouse, begun: float
) -> None:
    page = visit(f"/replay?at={stamp(begun - 120)}")
    page.click("text=下一則報警")
    expect(page.locator(".pastband .then")).to_contain_text(clock_of(begun - 10))
    house.do(lambda world: world.measure("lift-1.trapped", True))
    back = page.locator(".pastband .button")
    expect(back).to_contain_text("1 則報警未確認")
    back.click()
    expect(page.locator(".pastband")).to_have_count(0)
    expect(page.locator("button.ack").first).to_be_visible()


def test_it_fits_on_a_phone(visit: Callable[..., Page], begun: float) -> None:
    page = visit(f"/replay?at={stamp(begun + 60)}", width=390)
    expect(page.locator(".replay .row")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_of_an_equipment_on_one_time_line(visit: Callable[..., Page], begun: float) -> None:
    page = visit("/equipment/pit-1")
    page.click("a.past")
    expect(page.locator(".lanes h2")).to_contain_text("集水井")
    page.goto(page.url.split("?")[0] + f"?equipment=pit-1&at={stamp(begun + 60)}")
    expect(page.locator(".lane .bar")).to_have_count(2)
    for kind in ("actions", "messages", "scans", "orders", "log"):
        expect(page.locator(f".mark.{kind}").first).to_be_visible()
    expect(page.locator(".lanes .chart[data-drawn=yes]")).to_have_count(2)
    # What happened at one time stands at one place in every lane: the bar begins where the needle then stands.
    page.locator(".lane .bar").first.click()
    expect(page.locator(".said")).to_contain_text("未確認")
    page.click("text=跳到此刻")
    expect(page.locator(".pastband .then")).to_contain_text(clock_of(begun))
    needle, bar = (page.locator(where).first.bounding_box() for where in (".needle", ".lane .bar"))
    assert needle is not None
    assert bar is not None
    assert abs(needle["x"] + 1.5 - bar["x"]) < 4
