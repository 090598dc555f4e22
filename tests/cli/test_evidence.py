"""`watchroom evidence` and `verify-evidence` on the ready site, with a journal and a history of its own."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.common import load_site
from monitor.cli.program import program
from monitor.console.evidence import pack
from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.history import Sample
from monitor.domain.people import AuditEntry
from monitor.domain.rules import AlarmKind, Priority
from monitor.ports import Change
from monitor.storage.history import open_historian
from monitor.storage.journal import open_journal

app = program()

ROOT = Path(__file__).parents[2]
ALARM = "pit-1.level_high"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A pit that was too high for ten minutes, an hour ago."""
    directory = tmp_path / "state"
    directory.mkdir()
    asyncio.run(_happened(directory, time.time() - 3600))
    return directory


async def _happened(state: Path, begun: float) -> None:
    site = load_site(ROOT / "config")
    journal = await open_journal(site.journal, state)
    historian = open_historian(site.historian, state, site)
    moves = (
        (0.0, EventCause.RAISED, AlarmState.NORM, AlarmState.UNACK),
        (60.0, EventCause.ACKNOWLEDGED, AlarmState.UNACK, AlarmState.ACK),
        (600.0, EventCause.RETURNED, AlarmState.ACK, AlarmState.NORM),
    )
    events = tuple(
        AlarmEvent(
            number, ALARM, AlarmKind.LIMIT, "pit-1", Priority.HIGH, cause, before, after, 1, 1, begun + late, late,
            "chen" if cause is EventCause.ACKNOWLEDGED else None,
        )
        for number, (late, cause, before, after) in enumerate(moves, 1)
    )  # fmt: skip
    audit = AuditEntry(begun + 60, "chen", "alarm.acknowledge", f"{ALARM}#1.1")
    await journal.commit([Change(events=events, alarms=(Alarm(ALARM, Priority.HIGH, 1, 1),), audit=(audit,))])
    samples = [
        Sample("pit-1.level", round((begun + s) * 1000), 2.6 if 0 <= s < 600 else 1.1, 0)
        for s in range(-900, 1500, 30)
    ]
    await historian.write(samples)
    await historian.close()
    await journal.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def made(state: Path, target: Path) -> Result:
    return run(
        "evidence",
        f"{ALARM}#1",
        "--output",
        str(target),
        "--config",
        str(ROOT / "config"),
        "--state",
        str(state),
    )


def test_a_pack_is_made_and_proved_also_by_the_record(state: Path, tmp_path: Path) -> None:
    target = tmp_path / "pit.zip"
    result = made(state, target)
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(target) as archive:
        assert archive.read("readings.csv").decode("utf-8-sig").count("pit-1.level") == 80
        assert "<polyline" in archive.read("report.html").decode()
    alone = run("verify-evidence", str(target))
    assert alone.exit_code == 0, alone.output
    assert "only its record can tell" in alone.output
    known = run("verify-evidence", str(target), "--config", str(ROOT / "config"), "--state", str(state))
    assert known.exit_code == 0, known.output
    audit = run("verify-audit", "--config", str(ROOT / "config"), "--state", str(state))
    assert audit.output.startswith("audit: 2 entries, chain unbroken")


def test_a_forged_pack_is_found_out(state: Path, tmp_path: Path) -> None:
    target = tmp_path / "pit.zip"
    made(state, target)
    content = target.read_bytes()
    where = content.index(b"report.html") + 60
    target.write_bytes(content[:where] + bytes([content[where] ^ 1]) + content[where + 1 :])
    result = run("verify-evidence", str(target))
    assert result.exit_code == 1
    # Bound anew with hashes that fit, it proves itself: the record does not know it.
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != pack.MANIFEST}
    about = {
        key: value
        for key, value in pack.prove(content).manifest.items()
        if key not in ("files", "kind", "format")
    }
    forged, _ = pack.bind(files | {"report.html": b"all was well"}, about, time.time())
    target.write_bytes(forged)
    assert run("verify-evidence", str(target)).exit_code == 0
    asked = run("verify-evidence", str(target), "--config", str(ROOT / "config"), "--state", str(state))
    assert asked.exit_code == 1
    assert "knows no pack" in asked.output


def test_what_cannot_be_made_is_said(state: Path, tmp_path: Path) -> None:
    where = ["--config", str(ROOT / "config"), "--state", str(state)]
    target = tmp_path / "x.zip"
    for incident, said in ((f"{ALARM}#9", "no such occurrence"), (ALARM, "is not ALARM#OCCURRENCE")):
        result = run("evidence", incident, "--output", str(target), *where)
        assert result.exit_code == 1
        assert said in result.output
        assert not target.exists()
    made(state, target)
    again = made(state, target)
    assert again.exit_code == 1
    assert "exists" in again.output.lower()
