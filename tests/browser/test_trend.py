"""The trend: last week behind it, what a signal did by the hour, and taking it away as a file."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.world import NOON, World

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
DAY = 86_400


async def _weeks(world: World) -> None:
    for at in range(int(NOON - 9 * DAY), int(NOON), 120):
        world.historian.put("pit-1.level", at, 1.0 if at > NOON - 3 * DAY else 3.0)
        world.historian.put("pit-1.pump_1_running", at, (at // 1800) % 2 == 0)


@pytest.fixture
def page(visit: Visit, house: LiveHouse) -> Page:
    house.do(stage.calm)
    house.do(_weeks)
    return visit("/equipment/pit-1")


def test_last_week_lies_behind_this_one(page: Page) -> None:
    page.get_by_role("button", name="24 小時").click()
    legend = page.locator(".u-legend")
    expect(legend).not_to_contain_text("上週同期")
    page.get_by_role("button", name="與上週比較").click()
    expect(legend).to_contain_text("上週同期")
    page.locator(".u-over").hover()
    expect(legend.locator(".u-series").last).to_contain_text("3 m")
    page.get_by_role("button", name="與上週比較").click()
    expect(legend).not_to_contain_text("上週同期")


def test_a_signal_tells_its_hours_and_starts(page: Page) -> None:
    page.get_by_role("button", name="24 小時").click()
    page.locator("tr", has_text="pump_1_running").locator("input").check()
    periods = page.locator(".periods")
    expect(periods).to_contain_text("每小時運轉")
    expect(periods).to_contain_text(re.compile(r"開啟 1[12](\.\d+)? 小時（(49|50)\.\d %）· 啟動 2[45] 次"))
    expect(periods.locator(".bars li:not(.none)")).to_have_count(25)


def test_a_span_of_ones_own(page: Page) -> None:
    page.get_by_role("button", name="自訂期間").click()
    page.locator(".between input").first.fill("2026-11-16T00:00:00")
    page.locator(".between input").last.fill("2026-11-17T00:00:00")
    midnight = "from=2026-11-15T16%3A00%3A00"
    with page.expect_response(lambda answer: midnight in answer.url and "to=2026-11-16" in answer.url):
        page.locator(".between input").last.blur()
    legend = page.locator(".u-legend .u-series").first
    for x in range(200, 500, 10):  # the chart is drawn anew, and forgets where the pointer was
        page.locator(".u-over").hover(position={"x": x, "y": 50})
        if "11-16" in legend.inner_text():
            break
        page.wait_for_timeout(100)
    expect(legend).to_contain_text("11-16")


def test_a_file_is_made_and_taken_away(page: Page) -> None:
    page.get_by_role("button", name="7 天").click()
    page.get_by_role("button", name="匯出").click()
    page.get_by_role("button", name="產生檔案").click()
    file = page.locator(".files li").first
    expect(file).to_contain_text("列")
    with page.expect_download() as taken:
        file.get_by_role("link", name="下載").click()
    assert taken.value.suggested_filename == "pit-1.level_2026-11-16_2026-11-23.csv"
    content = taken.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbftime,point,value,quality,reason")
    assert content.count(b"\n") > 5000

    page.locator(".export select").select_option("hour")
    page.get_by_label("並列上週同期").check()
    page.get_by_label("XLSX").check()
    page.get_by_role("button", name="產生檔案").click()
    expect(page.locator(".files li")).to_have_count(2)
    with page.expect_download() as taken:
        page.locator(".files li").first.get_by_role("link", name="下載").click()
    sheet = load_workbook(io.BytesIO(taken.value.path().read_bytes())).worksheets[0]
    assert [cell.value for cell in sheet[1]][2:] == ["pit-1.level (m)", "pit-1.level 7 d before (m)"]
    assert sheet.max_row == 169

    page.locator(".files li").first.get_by_role("button", name="移除").click()
    expect(page.locator(".files li")).to_have_count(1)


def test_too_many_rows_are_refused_before_anything_is_made(page: Page) -> None:
    page.get_by_role("button", name="30 天").click()
    page.get_by_role("button", name="匯出").click()
    page.locator(".export select").select_option("minute")
    page.get_by_role("button", name="產生檔案").click()
    expect(page.locator(".export [role=alert]")).to_contain_text("2000")
    expect(page.locator(".files")).to_have_count(0)
