"""What a person sees and does in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from monitor.domain.alarm import AlarmEvent
from monitor.domain.reading import Quality
from tests.browser.house import LiveHouse
from tests.console import stage
from tests.console.house import ATTACK
from tests.console.world import World

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def row(page: Page, alarm: str):  # type: ignore[no-untyped-def]
    """One row of the alarm list."""
    return page.locator(f"[data-alarm='{alarm}']")


async def events(world: World) -> list[AlarmEvent]:
    return list((await world.journal.events(limit=500)).items)


def test_signing_in_and_out(visit: Visit) -> None:
    page = visit(name=None)
    expect(page.locator("h1")).to_have_text("河畔花園")
    page.fill("input[name=name]", "chen")
    page.fill("input[name=password]", "wrong")
    page.click("button.primary")
    expect(page.locator(".problem")).to_have_text("帳號或密碼不正確。")
    page.fill("input[name=password]", "password-chen")
    page.click("button.primary")
    expect(page.locator(".who b")).to_have_text("chen")
    page.reload()
    expect(page.locator(".who b")).to_have_text("chen")
    page.click(".who")
    page.click("text=登出")
    expect(page.locator("input[name=password]")).to_be_visible()


def test_no_alarms_says_so_and_how_fresh_that_is(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    page = visit()
    expect(page.locator(".empty h2")).to_have_text("目前沒有報警")
    expect(page.locator(".empty")).to_contain_text(re.compile(r"現況截至 12:0\d:\d\d"))
    expect(page.locator(".empty")).to_contain_text("個測點中 0 個無可信數據")


def test_an_alarm_appears_by_itself_and_a_key_acknowledges_that_occurrence(
    visit: Visit, house: LiveHouse
) -> None:
    house.do(stage.calm)
    page = visit()
    expect(page.locator(".empty")).to_be_visible()
    house.do(lambda world: world.measure("lift-1.trapped", True))
    trapped = row(page, "lift-1.trapped")
    expect(trapped).to_contain_text("聯繫維保單位，安撫乘客，立即到場")
    expect(trapped).to_contain_text("到場剩")
    expect(trapped).to_contain_text("陳師傅 已發送")
    house.do(lambda world: world.delivered("lift-1.trapped"))
    expect(trapped).to_contain_text("陳師傅 已收到")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    house.do(lambda world: world.measure("pit-1.level", 3.0))
    expect(row(page, "pit-1.level_high")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    pit = row(page, "pit-1.level_high")
    expect(pit).to_contain_text("已確認")
    expect(trapped).to_contain_text("未確認")
    [acknowledged] = [e for e in house.do(events) if e.cause.value == "acknowledged"]
    assert (acknowledged.alarm, acknowledged.occurrence, acknowledged.actor) == (
        "pit-1.level_high",
        1,
        "chen",
    )
    expect(page.locator(".detail .timeline")).to_contain_text("確認 陳師傅")


def test_a_vanished_choice_hands_its_key_to_no_other(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.battery", 5))
    page = visit()
    expect(row(page, "leak-b2-05.battery")).to_have_class(re.compile("chosen"))
    page.keyboard.press("a")
    house.do(lambda world: world.measure("leak-b2-05.battery", 90))
    house.do(lambda world: world.measure("pit-1.level", 3.0))
    expect(row(page, "pit-1.level_high")).to_be_visible()
    expect(row(page, "leak-b2-05.battery")).to_have_count(0)
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert [e.alarm for e in house.do(events) if e.cause.value == "acknowledged"] == ["leak-b2-05.battery"]


def test_a_missed_round_asks_for_the_reason(visit: Visit, house: LiveHouse) -> None:
    async def missed(world: World) -> None:
        world.alarming.trip("pits-twice.missed", world.now(), "09:00-10:00")

    house.do(missed)
    page = visit()
    row(page, "pits-twice.missed").locator("button.ack").click()
    page.fill("dialog textarea", "人手不足，已補巡")
    page.click("dialog button[type=submit]")
    expect(row(page, "pits-twice.missed")).to_have_count(0)
    [done] = [e for e in house.do(events) if e.cause.value == "acknowledged"]
    assert done.note == "人手不足，已補巡"


def test_shelve_and_reset_from_the_detail(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit()
    page.locator(".detail").get_by_text("擱置…").click()
    page.fill("dialog textarea", "更換感應線")
    page.click("dialog button[type=submit]")
    expect(row(page, "leak-b2-05.leak")).to_contain_text("已擱置")
    page.locator(".detail").get_by_text("取消擱置").click()
    expect(row(page, "leak-b2-05.leak")).to_contain_text("未確認")
    house.do(lambda world: world.measure("leak-b2-05.leak", False))
    expect(row(page, "leak-b2-05.leak")).to_contain_text("鎖定 · 未確認")
    page.keyboard.press("A")
    page.locator(".detail").get_by_role("button", name="復歸").click()
    expect(page.locator(".empty")).to_be_visible()
    expect(page.locator(".overs")).to_contain_text("B2 五號水浸")


def test_a_viewer_may_look_and_not_touch(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit(name="viewer")
    expect(row(page, "leak-b2-05.leak")).to_be_visible()
    expect(page.locator("button.ack")).to_have_count(0)
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert [e.cause.value for e in house.do(events)] == ["raised"]


def test_three_languages(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit()
    for tag, words in (("zh-Hans", "立即到场"), ("en", "Go there, close the valve"), ("zh-Hant", "立即到場")):
        page.click(f".top .status > .menu > .languages button[lang={tag}]")
        expect(row(page, "leak-b2-05.leak")).to_contain_text(words)
        expect(page.locator("html")).to_have_attribute("lang", tag)
    page.click(".top .status > .menu > .languages button[lang=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(row(page, "leak-b2-05.leak")).to_contain_text("Acknowledge")
    assert house.world.accounts.people["chen"].language == "en"


def test_a_lost_line_is_shown_loudly_and_never_looks_live(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    page = visit()
    expect(page.locator(".empty h2")).to_have_text("目前沒有報警")
    house.cut_the_line()
    expect(page.locator(".lostbar")).to_contain_text("不是現況", timeout=15_000)
    expect(page.locator(".line")).to_have_text("連線中斷")
    expect(page.locator(".empty h2")).to_have_text("現況未知：連線中斷")
    expect(page.locator(".frame")).to_have_class(re.compile("stale"))


def test_equipment_shows_what_cannot_be_believed(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    page = visit("/equipment")
    tile = page.locator("a[href='/equipment/mdb-1']")
    expect(tile).to_contain_text("5 個測點可信")
    house.do(lambda world: world.measure("mdb-1.v_l2", 229.8, Quality.STALE))
    expect(tile).to_contain_text("1 / 5 個測點不可信 · 數據過期")
    tile.click()
    line = page.locator("tr", has_text="v_l2")
    expect(line.locator("s")).to_have_text("229.8 V")
    expect(line).to_contain_text("數據過期")
    house.do(lambda world: world.measure("mdb-1.v_l2", 231.0))
    expect(line.locator("s")).to_have_count(0)


def test_a_zone_page_says_which_lamps_to_replace(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.evening)
    page = visit("/equipment/lamps-a")
    expect(page.locator(".lamps .failed")).to_have_text(["3✕", "11✕"])
    expect(page.locator(".lamps .unknown")).to_have_text(["17?"])
    expect(page.locator(".panel", has_text="燈具").first).to_contain_text("完好 21 · 損壞 2 · 不明 1")


async def _past(world: World) -> None:
    stage.past(world)


def test_a_trend_is_drawn_with_its_gap(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    house.do(_past)
    page = visit("/equipment/pit-1")
    chart = page.locator(".chart[data-drawn=yes]")
    expect(chart).to_have_count(1)
    expect(chart.locator("canvas")).to_be_visible()
    coloured = """canvas => {
        const c = canvas.getContext('2d'), {width, height} = canvas, d = c.getImageData(0, 0, width, height).data;
        const columns = new Set();
        for (let i = 0; i < d.length; i += 4) if (d[i + 2] > 180 && d[i + 2] - d[i] > 40) columns.add((i / 4) % width);
        return [columns.size, width];
    }"""
    drawn, width = chart.locator("canvas").evaluate(coloured)
    assert 0.4 * width < drawn < 0.85 * width, "the line is there, and so is the gap"
    page.locator("tr", has_text="pump_1_running").locator("input").check()
    expect(chart).to_have_count(2)
    page.get_by_role("button", name="24 小時").click()
    expect(chart).to_have_count(2)


def test_a_name_is_only_ever_a_name(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("odd-1.x", 5.0))
    page = visit()
    expect(row(page, "odd-1.x")).to_contain_text(ATTACK)
    page.goto(house.url + "/equipment")
    expect(page.locator("a[href='/equipment/odd-1'] b").first).to_have_text(ATTACK)
    page.goto(house.url + "/equipment/odd-1")
    expect(page.locator("h1")).to_have_text(ATTACK)
    assert page.locator("main script, main img").count() == 0


def test_a_reply_on_the_phone_page_acknowledges(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit("/messages")
    phone = page.locator("[data-person=chen]")
    expect(phone.locator(".bubble.in")).to_contain_text("立即到場")
    phone.locator(".code").click()
    phone.locator("form button").click()
    expect(phone.locator(".bubble.out")).to_contain_text("報警已確認")
    page.click("nav.tabs a[href='/']")
    expect(row(page, "leak-b2-05.leak")).to_contain_text("已確認")
    expect(page.locator(".facts")).to_contain_text("陳師傅")


def test_a_check_in_on_a_phone_survives_a_lost_answer(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("room-1.room_temp", 30.0))
    page = visit("/checkpoints/switchroom-1", width=390, has_touch=True, is_mobile=True)
    expect(page.locator("p.live")).to_contain_text("30 °C")
    page.locator("text=提交簽到").click()
    expect(page.locator(".problem")).to_have_text("請回答每一項")
    page.locator("fieldset", has_text="有無異味").get_by_text("正常").click()
    page.fill("input[name=room_temp]", "24")
    expect(page.locator(".doubt")).to_contain_text("與傳感器相差超過 3 °C")
    page.get_by_text("鎖好").click()
    # The server stores it, but the phone never hears so.
    lost = []

    def lose(route):  # type: ignore[no-untyped-def]
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/scans*", lose)
    page.locator("text=提交簽到").click()
    for _ in range(100):
        if lost:
            break
        page.wait_for_timeout(50)
    assert lost == [201]
    expect(page.locator(".notice")).to_contain_text("暫存於本機")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".notice")).to_have_count(0)

    async def stored(world: World) -> int:
        return len((await world.journal.scans(0, 9e9)).items)

    assert house.do(stored) == 1
    assert page.locator("h1").text_content() == "今日巡檢"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_orders_and_handover(visit: Visit, house: LiveHouse) -> None:
    page = visit("/orders")
    page.get_by_role("button", name="新工單").click()
    page.fill("dialog input[name=title]", "更換 2 號泵浮球")
    page.click("dialog button[type=submit]")
    order = page.locator(".order", has_text="更換 2 號泵浮球")
    order.get_by_role("button", name="已到場").click()
    page.click("dialog button[type=submit]")
    expect(order.locator(".state")).to_have_text("已到場")
    page.click("nav.tabs a[href='/handover']")
    shift = page.locator(".panel", has_text="以往交接")
    shift.locator("textarea").fill("2 號泵浮球待換")
    shift.locator("button.primary").click()
    expect(shift.locator(".earlier")).to_contain_text("2 號泵浮球待換")
    log = page.locator(".dutylog")
    log.locator("textarea").fill("泵房有異味，已通風")
    log.locator("button.primary").click()
    expect(log.locator(".earlier")).to_contain_text("泵房有異味，已通風")
    expect(page.locator(".onduty")).to_contain_text("陳師傅")


def test_nothing_is_cut_off_at_the_edges_of_desks_and_phones(visit: Visit, house: LiveHouse) -> None:
    """English is the longest language: one row above on a small desk screen, no reason cut, no page wider than a phone."""
    house.do(stage.evening)
    house.do(lambda world: world.measure("mdb-1.v_l2", None, Quality.SENTINEL))
    house.do(lambda world: world.measure("mdb-1.v_l3", None, Quality.DECODE_ERROR))
    page = visit("/equipment", width=1366)
    page.click(".languages button:has-text('EN')")
    tile = page.locator("a[href='/equipment/mdb-1'] footer")
    expect(tile).to_contain_text("sensor fault, cannot be decoded")
    assert tile.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight")
    assert page.locator(".top").evaluate("e => e.clientHeight") < 80
    page.set_viewport_size({"width": 412, "height": 915})
    page.goto(house.url + "/equipment/mdb-1")
    expect(page.locator(".points")).to_contain_text("cannot be decoded")
    assert page.evaluate("document.documentElement.scrollWidth") <= 412
    page.goto(house.url + "/")
    expect(page.locator(".rows")).to_contain_text("window.__attacked")
    assert page.evaluate("document.documentElement.scrollWidth") <= 412


def test_the_scorecard_does_not_call_a_zone_dark_that_nobody_can_see(visit: Visit, house: LiveHouse) -> None:
    house.do(stage.calm)
    house.do(lambda world: world.measure("lamps-a.commanded", False))
    page = visit("/scorecard")
    expect(page.locator(".scores")).to_contain_text("未開燈，不評定")
    house.do(lambda world: world.measure("lamps-a.commanded", False, Quality.COMM_FAILURE))
    page.reload()
    expect(page.locator(".scores")).to_contain_text("不知是否開燈")


@pytest.mark.parametrize("path", ["/rounds", "/scorecard", "/api/docs", "/nowhere"])
def test_every_other_page_opens(path: str, visit: Visit, house: LiveHouse) -> None:
    house.do(stage.evening)
    if path == "/nowhere":
        page = visit("/")
        page.evaluate("history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))")
        expect(page.locator("main")).to_contain_text("找不到此頁面")
        return
    page = visit(path)
    words = {"/rounds": "配電房巡視", "/scorecard": "燈具完好率", "/api/docs": "/api/v1/alarms/{id}/ack"}
    expect(page.locator("main")).to_contain_text(words[path])


def test_motion_is_spared_who_asks_for_it(visit: Visit, house: LiveHouse) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit(reduced_motion="reduce")
    sign = row(page, "leak-b2-05.leak").locator(".sign")
    expect(sign).to_be_visible()
    assert sign.evaluate("e => getComputedStyle(e).animationName") == "none"


def test_the_horn_calls_until_silenced_and_silence_acknowledges_nothing(
    visit: Visit, house: LiveHouse
) -> None:
    house.do(lambda world: world.measure("leak-b2-05.leak", True))
    page = visit()
    page.click(".clock")
    page.click("button.silence")
    expect(page.locator("button.silence")).to_have_count(0)
    expect(page.locator(".horn")).to_contain_text("已消音（未確認）")
    expect(row(page, "leak-b2-05.leak")).to_contain_text("未確認")
    house.do(lambda world: world.measure("pit-1.level", 3.0))
    expect(page.locator("button.silence")).to_be_visible()
