"""`watchroom evidence` and `verify-evidence`: an incident in a file that can be proved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    fail,
    load_or_exit,
    me,
    opened_journal,
    run_async,
    state_directory,
    told,
)
from monitor.console.evidence import files, pack
from monitor.console.texts import LANGUAGES, nearest
from monitor.domain.people import AuditEntry
from monitor.engine.incident import MADE, NoSuchOccurrence, gather
from monitor.engine.replaying import AT_ONCE, everything
from monitor.engine.rulebook import rulebook
from monitor.ports import Change
from monitor.settings.site import Site
from monitor.storage.history import open_historian


def evidence(
    incident: Annotated[str, typer.Argument(help="ALARM#OCCURRENCE, such as pit-1.level_high#3")],
    output: Annotated[Path, typer.Option("--output", "-o", help="the ZIP to write; must not exist")],
    language: Annotated[
        str | None, typer.Option("--language", help="zh-Hant, zh-Hans or en (default: the site's)")
    ] = None,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Everything about one occurrence in a ZIP: events, messages, readings, actions, a page to print, hashes."""
    alarm, _, number = incident.rpartition("#")
    if not alarm or not number.isdecimal():
        fail(f"{incident!r} is not ALARM#OCCURRENCE, such as pit-1.level_high#3")
    site = load_or_exit(config)
    words = language or nearest(site.language) or "en"
    if words not in LANGUAGES:
        fail(f"--language {words}: one of {', '.join(LANGUAGES)}")
    if output.exists():
        fail(f"{output}: exists already")
    with told():
        content, fingerprint = run_async(
            _make(site, state_directory(state, existing=True), (alarm, int(number)), words)
        )
        with output.open("xb") as file:
            file.write(content)
    typer.echo(f"{output}: {len(content)} bytes, fingerprint {fingerprint}")


def verify_evidence(
    file: Annotated[Path, typer.Argument(help="a ZIP that `evidence` or the console made")],
    config: Annotated[
        Path | None, typer.Option("--config", help="also ask this site's record whether it made the pack")
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Prove that a pack is as it was made. Exit 1 and every fault when it is not."""
    with told():
        proof = pack.prove(file.read_bytes())
    about = proof.manifest
    typer.echo(
        f"{about.get('alarm')}#{about.get('occurrence')} of {about.get('site')}, made {about.get('made_at')} "
        f"by {about.get('made_by')} with {about.get('program')}"
    )
    for cut in about.get("cut", ()):
        typer.echo(f"not whole when it was made: {cut}")
    faults = list(proof.faults)
    if config is not None:
        site = load_or_exit(config)
        with told():
            faults += run_async(_unknown(site, state_directory(state, existing=True), proof))
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"every file is as it was made; fingerprint {proof.fingerprint}")
    if config is None:
        typer.echo("whether this site made it, only its record can tell: --config DIR")


async def _make(site: Site, state: Path, occurrence: tuple[str, int], language: str) -> tuple[bytes, str]:
    now = time.time()
    historian = open_historian(site.historian, state, site)
    try:
        async with opened_journal(site, state, existing=True) as journal:
            found = await gather(journal, historian, occurrence, files.places(site), now)
            rule = rulebook(site).get(occurrence[0])
            content, fingerprint = files.make(found, rule, site, files.Making(me(), now, language))
            entry = AuditEntry(now, me(), MADE, f"{occurrence[0]}#{occurrence[1]}", fingerprint)
            await journal.commit([Change(audit=(entry,))])
    except NoSuchOccurrence as error:
        fail(str(error))
    finally:
        await historian.close()
    return content, fingerprint


async def _unknown(site: Site, state: Path, proof: pack.Proof) -> list[str]:
    """What the record does not say of the pack."""
    subject = f"{proof.manifest.get('alarm')}#{proof.manifest.get('occurrence')}"
    async with opened_journal(site, state, existing=True) as journal:
        async for row in everything(lambda c: journal.audit(limit=AT_ONCE, cursor=c)):
            if (row.action, row.subject, row.detail) == (MADE, subject, proof.fingerprint):
                return []
    return [f"{subject}: the record of {site.id} knows no pack with the fingerprint {proof.fingerprint}"]
