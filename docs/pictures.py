"""Make the README's pictures from a running demo: `make pictures`. Never by hand, so that they show what is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SHOW = 150.0
"""Seconds of the demo after which leak, lamps, lift, silent pit and missed round all stand in the list."""


class Demo(NamedTuple):
    """What its welcome says."""

    url: str
    password: str
    token: str


@contextmanager
def demo() -> Iterator[Demo]:
    """`watchroom demo` on a free port."""
    program = Path(sys.executable).with_name("watchroom")
    running = subprocess.Popen(
        [str(program), "demo"],
        env={**os.environ, "WATCHROOM_LISTEN": "127.0.0.1:0", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    said = ""
    try:
        for line in running.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        found = [re.search(p, said) for p in (r"Console\s+(\S+)", r"Password\s+(\S+)", r"API token\s+(\S+)")]
        if None in found:
            raise RuntimeError(f"the demo did not start:\n{said}")
        yield Demo(*(match[1] for match in found if match))
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(20)


def sign_in(browser: Browser, site: Demo, language: str, *, phone: bool = False) -> Page:
    """A page of a person who reads `language`."""
    size = {"width": 412, "height": 915} if phone else {"width": 1600, "height": 1000}
    context = browser.new_context(viewport=size, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url)
    page.locator("input").nth(0).fill("demo")
    page.locator("input").nth(1).fill(site.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("main")
    return page


def main() -> None:
    """All pictures of the README and the docs."""
    HERE.mkdir(exist_ok=True)
    with demo() as site, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = sign_in(browser, site, "zh-TW")
        page.mouse.click(800, 990)  # a console that cannot sound would be an alarm of its own
        client = httpx.Client(
            base_url=site.url, headers={"Authorization": f"Bearer {site.token}"}, trust_env=False
        )
        started = time.monotonic()
        while time.monotonic() - started < SHOW and len(client.get("/api/v1/alarms").json()["items"]) < 6:
            time.sleep(2)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)
        page.screenshot(path=HERE / "alarms.png")
        for name, path in (
            ("equipment", "/equipment"),
            ("trend", "/equipment/pit-1"),
            ("messages", "/messages"),
        ):
            page.goto(site.url + path)
            page.wait_for_timeout(2500)
            page.screenshot(path=HERE / f"{name}.png")
        phone = sign_in(browser, site, "zh-TW", phone=True)
        phone.wait_for_timeout(1500)
        phone.screenshot(path=HERE / "phone.png")
        browser.close()


if __name__ == "__main__":
    main()
