"""Debian's Chromium, driven by Playwright."""

from typing import Any

from tests.servers.process import program

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    # As on a desk: no sound before a touch. Without a head Chromium would be laxer.
    "--autoplay-policy=document-user-activation-required",
]


def launch_arguments() -> dict[str, Any]:
    """What Playwright's `launch` needs to start the installed Chromium, also as root."""
    return {"executable_path": program("chromium", package="chromium"), "args": FLAGS}
