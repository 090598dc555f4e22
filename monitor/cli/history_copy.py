"""`watchroom history copy`: from one historian into another, verified."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
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
from monitor.storage.copying import Digest, Progress, Tell, copy, digest
from monitor.storage.history import open_historian

SETTLING = 30.0
"""Seconds that a server may take to show what it took."""

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

    The daemon may run meanwhile. Exit 0 when every point is equal, else 1.
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
        return await _verify(source, target, points, (start_ms, until_ms))


def _teller() -> Tell:
    tell, began = Telling(), time.monotonic()

    def progressed(progress: Progress) -> None:
        rate = progress.samples / max(time.monotonic() - began, 1e-3)
        tell(
            f"{progress.done} of {progress.points} points, {progress.samples:,} values, {rate:,.0f}/s: {progress.point}"
        )

    return progressed


async def _verify(source: Historian, target: Historian, points: list[str], span: tuple[int, int]) -> bool:
    different = texts = total = 0
    for point in points:
        wanted = await digest(source, point, *span)
        found = await _settled(target, point, span, wanted)
        total += found.count
        texts += wanted.texts
        if (found.count, found.checksum) != (wanted.count, wanted.checksum):
            different += 1
            typer.echo(f"DIFFERENT  {point}: {wanted.count:,} values there, {found.count:,} here", err=True)
    if texts:
        typer.echo(f"{texts:,} of the values are texts; VictoriaMetrics keeps their quality only")
    if different:
        typer.echo(f"{different} of {len(points)} points differ", err=True)
    else:
        typer.echo(f"verified: {len(points)} points, {total:,} values, count and checksum of each are equal")
    return not different


async def _settled(target: Historian, point: str, span: tuple[int, int], wanted: Digest) -> Digest:
    """Some servers show what they took a little later."""
    deadline = time.monotonic() + SETTLING
    while True:
        found = await digest(target, point, *span)
        if found.count >= wanted.count or time.monotonic() > deadline:
            return found
        await asyncio.sleep(1.0)
