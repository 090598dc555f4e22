"""A house with a browser in front of it. Whatever the policy forbids, or breaks in the page, fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.house import LiveHouse

EXPECTED = (
    "401 (Unauthorized)",
    "409 (Conflict)",
    "ERR_CONNECTION",
    "ERR_FAILED",
    "ERR_EMPTY_RESPONSE",
    "AudioContext was not allowed to start",
)
"""What Chromium reports of answers that a test provokes on purpose, and of sound on a page that nobody has touched:
trying is the only way to know."""


@pytest.fixture
def house() -> Iterator[LiveHouse]:
    """The console on its own port, its world on its own loop."""
    with LiveHouse() as made:
        yield made


@pytest.fixture
def visit(house: LiveHouse, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page of the house, signed in as `chen` unless told otherwise."""
    faults: list[str] = []
    pages: list[Page] = []

    def open_(
        path: str = "/",
        *,
        name: str | None = "chen",
        width: int = 1500,
        untouched: bool = False,
        **more: object,
    ) -> Page:
        """`untouched`: the session is there already, so that nobody has clicked anything yet. Until the daemon has
        heard of the page look at nothing in it: to Chromium, Playwright's looks are a person's touch."""
        viewport = {"width": width, "height": 900}
        context = browser.new_context(viewport=viewport, locale="zh-TW", **more)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
        page.on("request", lambda r: r.url.startswith(house.url) or faults.append(f"external: {r.url}"))
        pages.append(page)
        if name and untouched:
            given = {"name": name, "password": f"password-{name}"}
            assert context.request.post(house.url + "/api/v1/session", data=given).ok
        page.goto(house.url + path)
        if name and not untouched:
            page.fill("input[name=name]", name)
            page.fill("input[name=password]", f"password-{name}")
            page.click("button.primary")
            page.wait_for_selector(".line.live")
        return page

    yield open_
    pages = [page for page in pages if not page.is_closed()]
    attacked = [page.evaluate("window.__attacked") for page in pages]
    for page in pages:
        page.context.close()
    assert [fault for fault in faults if not any(words in fault for words in EXPECTED)] == []
    assert attacked == [None] * len(attacked), "a label was run as a script"
