"""`watchroom verify-audit`, `backup`, `restore`: the record, proved and copied."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    fail,
    load_or_exit,
    opened_journal,
    run_async,
    state_directory,
    told,
)
from monitor.host import StateLock
from monitor.settings.site import Site
from monitor.storage.journal import AuditReport

JOURNAL = "journal.db"


def verify_audit(config: ConfigDirectory = Path("config"), state: StateDirectory = None) -> None:
    """Check the hash chain of human actions. Exit 1 and name the first broken row when somebody changed it."""
    site = load_or_exit(config)
    with told():
        report = run_async(_verify(site, state_directory(state, existing=True)))
    typer.echo(_say(report))
    if not report.ok:
        raise typer.Exit(1)


def backup(
    target: Annotated[Path, typer.Argument(help="new directory for the copy")],
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Copy the journal while the daemon runs, and prove the copy."""
    site = load_or_exit(config)
    with told():
        run_async(_backup(site, state_directory(state, existing=True), target))
    typer.echo(f"{target / JOURNAL}: copied, checked")


def restore(
    source: Annotated[Path, typer.Argument(help="directory that `backup` wrote")],
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Put a copy in place of the journal; the one that stood there is kept beside it. The daemon must be stopped."""
    site = load_or_exit(config)
    if not site.journal.url.startswith("sqlite:"):
        fail("the journal is on PostgreSQL: restore it with its own tools")
    directory = state_directory(state)
    name = site.journal.url.removeprefix("sqlite:")
    with told(), StateLock(directory):
        _swap(source / JOURNAL, directory / name)
        report = run_async(_verify(site, directory))
    typer.echo(f"{directory / name}: restored; {_say(report)}")
    if not report.ok:
        raise typer.Exit(1)


def _swap(copy: Path, journal: Path) -> None:
    """SQLite itself writes the new file, so that no half-written log of the old one is ever applied to it."""
    if not copy.is_file():
        fail(f"{copy}: no such copy")
    fresh = journal.with_name(journal.name + ".restoring")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600)  # it holds password hashes
    with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as source, sqlite3.connect(fresh) as target:
        source.backup(target)
        [[verdict]] = target.execute("PRAGMA integrity_check").fetchall()
    source.close()
    target.close()
    if verdict != "ok":
        fresh.unlink()
        fail(f"{copy}: damaged: {verdict}")
    for suffix in ("", "-wal", "-shm"):
        old = journal.with_name(journal.name + suffix)
        if old.exists():
            old.replace(journal.with_name(journal.name + ".before-restore" + suffix))
    fresh.replace(journal)


async def _verify(site: Site, state: Path) -> AuditReport:
    async with opened_journal(site, state, existing=True) as journal:
        return await journal.verify_audit()


async def _backup(site: Site, state: Path, target: Path) -> None:
    async with opened_journal(site, state, existing=True) as journal:
        await asyncio.to_thread(target.mkdir, parents=True, exist_ok=True)
        await journal.backup(target / JOURNAL)


def _say(report: AuditReport) -> str:
    if report.ok:
        return f"audit: {report.rows} entries, chain unbroken, head {report.head.number} {report.head.hash}"
    return f"audit: broken at entry {report.broken_at}: {report.reason}"
