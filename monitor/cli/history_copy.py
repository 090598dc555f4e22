"""`watchroom history copy`: from one historian into another, verified."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import PydanticCustomError

from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    Telling,
    fail,
    instant,
    load_or_exit,
    run_async,
    state_directory,
    told,
)
from monitor.ports import Historian
from monitor.settings.site import HistorianSettings, Secret, Site
from monitor.settings.stores import historian as checked_url
from monitor.storage.copying import Digest, Progress, Tell, copy, digest, missing
from monitor.storage.history import open_historian

DIGITS = 12
"""Of a number, where VictoriaMetrics is one of the two: of a meter's float it does not keep the last of 17."""
TOGETHER = 8
"""Points compared at a time."""
SETTLING = 30.0
"""Seconds that a server may take to show what it took."""


@dataclass(slots=True)
class Verdict:
    """What the comparison found: points that lack something, and points that hold more than was copied."""

    values: int = 0
    texts: int = 0
    different: int = 0
    more: int = 0
    further: int = 0


TokenFile = Annotated[
    Path | None, typer.Option(help="file with the token of that server, when it is not the configured one")
]


def copy_history(
    source: Annotated[str, typer.Argument(metavar="FROM", help="historian URL, or `current`")],
    target: Annotated[str, typer.Argument(metavar="TO", help="historian URL, or `current`")],
    point: Annotated[list[str] | None, typer.Option(help="only this point; may be repeated")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="only what was measured since: local time 2026-11-23T08:00, or 30d ago"),
    ] = None,
    from_token_file: TokenFile = None,
    to_token_file: TokenFile = None,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Copy every value with its quality, point by point, then read both and compare. Doing it again changes nothing.

    The daemon may run meanwhile. Exit 0 when every value is there, else 1.
    """
    site, directory = load_or_exit(config), state_directory(state)
    pair = (_settings(site, source, from_token_file), _settings(site, target, to_token_file))
    if pair[0].url == pair[1].url:
        fail("FROM and TO are the same historian")
    with told():
        equal = run_async(_copy(site, directory, pair, point, instant(start, site.timezone) if start else 0))
    if not equal:
        raise typer.Exit(1)


def _settings(site: Site, url: str, token: Path | None) -> HistorianSettings:
    """The configured historian with its credentials, or another one with the token of a file."""
    if url in ("current", site.historian.url):
        return site.historian
    try:
        checked_url(url)
    except PydanticCustomError as error:
        fail(error.message())
    secret = None
    if token is not None:
        with told():
            secret = Secret(token.read_text(encoding="utf-8").strip())
    return replace(site.historian, url=url, token=secret, username=None, password=None)


async def _copy(
    site: Site,
    state: Path,
    pair: tuple[HistorianSettings, HistorianSettings],
    only: list[str] | None,
    start_ms: int,
) -> bool:
    async with AsyncExitStack() as stack:
        opened: list[Historian] = []
        for settings in pair:
            historian = open_historian(settings, state, site)
            stack.push_async_callback(historian.close)
            opened.append(historian)
        source, target = opened
        points = only or list(await source.points())
        until_ms = round(time.time() * 1000)  # what comes meanwhile goes where the daemon writes
        progress = await copy(source, target, points, start_ms, until_ms, _teller())
        typer.echo(
            f"copied {progress.samples:,} values of {len(points)} points; now both are read and compared"
        )
        if progress.rejected:
            typer.echo(f"{progress.rejected:,} values can never be there: {progress.reason}", err=True)
        short = any(settings.url.startswith("victoriametrics") for settings in pair)
        verdict = await _verify(source, target, points, (start_ms, until_ms), DIGITS if short else None)
        _say(verdict, len(points), short=short)
        return not verdict.different


def _teller() -> Tell:
    tell, began = Telling(), time.monotonic()

    def progressed(progress: Progress) -> None:
        rate = progress.samples / max(time.monotonic() - began, 1e-3)
        tell(
            f"{progress.done} of {progress.points} points, {progress.samples:,} values, {rate:,.0f}/s: {progress.point}"
        )

    return progressed


async def _verify(
    source: Historian, target: Historian, points: list[str], span: tuple[int, int], digits: int | None
) -> Verdict:
    """Compare count and checksum of each point. Where the target has more, as one that the daemon writes to has, every value
    of the source is looked for in it."""
    verdict, tell = Verdict(), Telling()
    for start in range(0, len(points), TOGETHER):
        some = points[start : start + TOGETHER]
        await asyncio.gather(*(_compare(source, target, point, span, digits, verdict) for point in some))
        tell(f"{start + len(some)} of {len(points)} points compared")
    return verdict


async def _compare(
    source: Historian,
    target: Historian,
    point: str,
    span: tuple[int, int],
    digits: int | None,
    verdict: Verdict,
) -> None:
    wanted = await digest(source, point, *span, digits)
    found = await _settled(target, point, span, wanted, digits)
    verdict.values += wanted.count
    verdict.texts += wanted.texts
    if (found.count, found.checksum) == (wanted.count, wanted.checksum):
        return
    absent = await missing(source, target, point, *span, digits)
    if absent:
        verdict.different += 1
        typer.echo(f"DIFFERENT  {point}: {absent:,} of {wanted.count:,} values are not there", err=True)
    else:
        verdict.more += found.count > wanted.count
        verdict.further += found.count - wanted.count


def _say(verdict: Verdict, points: int, *, short: bool) -> None:
    if short:
        typer.echo(f"compared to {DIGITS} digits: VictoriaMetrics keeps about 15")
    if verdict.texts and short:
        typer.echo(f"{verdict.texts:,} of the values are texts; VictoriaMetrics keeps their quality only")
    if verdict.different:
        typer.echo(f"{verdict.different} of {points} points differ", err=True)
        return
    typer.echo(
        f"verified: {points} points, {verdict.values:,} values, each there with its quality;"
        f" {points - verdict.more} points have the same number of them"
    )
    if verdict.more:
        typer.echo(f"{verdict.more} points hold {verdict.further:,} further values there, as after a switch")


async def _settled(
    target: Historian, point: str, span: tuple[int, int], wanted: Digest, digits: int | None
) -> Digest:
    """Some servers show what they took a little later."""
    deadline = time.monotonic() + SETTLING
    while True:
        found = await digest(target, point, *span, digits)
        if found.count >= wanted.count or time.monotonic() > deadline:
            return found
        await asyncio.sleep(1.0)
