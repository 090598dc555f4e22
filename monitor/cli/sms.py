"""`watchroom test-sms`: one message by one channel, said plainly to be a test."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from monitor import catalogue
from monitor.cli.common import ConfigDirectory, fail, load_or_exit, run_async, told
from monitor.domain.notification import Notification
from monitor.host import SystemClock
from monitor.ports import Accepted
from monitor.settings.site import Channel, Site


def test_sms(
    channel: Annotated[str, typer.Argument(help="id of the channel")],
    person: Annotated[str, typer.Argument(help="id of the person")],
    config: ConfigDirectory = Path("config"),
) -> None:
    """Send a test message and say what the channel answered."""
    site = load_or_exit(config)
    if channel not in site.channels:
        fail(f"no channel {channel!r}; there are: {', '.join(site.channels)}")
    if person not in site.roster.people:
        fail(f"no person {person!r}; there are: {', '.join(site.roster.people)}")
    with told():
        accepted = run_async(_send(site, site.channels[channel], person))
    typer.echo(f"{channel} accepted it as {accepted.reference}")


async def _send(site: Site, channel: Channel, person: str) -> Accepted:
    clock = SystemClock()
    now = clock.now()
    local = datetime.fromtimestamp(now.wall, ZoneInfo(site.timezone))
    notifier = catalogue.open_notifier(channel, clock)
    message = Notification(
        id=f"test-{int(now.wall)}",
        event=0,
        alarm="",
        occurrence=0,
        annunciation=0,
        step=0,
        role="",
        channel=channel.id,
        due=now.steady,
        recipient=person,
        address=site.roster.people[person].phone,
        text=f"[TEST 測試 测试] Watchroom {site.id} {local:%H:%M}",
        created_at=now.wall,
    )
    try:
        return await notifier.send(message)
    finally:
        await notifier.close()
