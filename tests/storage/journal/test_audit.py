"""Tampering with the audit shows, and the first broken row is named."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from monitor.domain.audit import GENESIS, digest
from monitor.domain.people import AuditEntry
from monitor.ports import Change
from monitor.storage.journal import AuditHead, AuditReport, SqlJournal

ACTIONS = 6


@pytest.fixture(autouse=True)
async def actions(journal: SqlJournal) -> None:
    """Six human actions in three commits."""
    for first in range(1, ACTIONS + 1, 2):
        await journal.commit(
            [
                Change(
                    audit=(
                        AuditEntry(float(n), "王小明", "alarm.acknowledged", f"pit{n}.overflow", "看過了"),
                    )
                )
                for n in (first, first + 1)
            ]
        )


async def after(
    journal: SqlJournal, tmp_path: Path, *statements: str, noted: AuditHead | None = None
) -> AuditReport:
    """The report after somebody ran these statements on the file."""
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return await journal.verify_audit(noted)


async def test_an_untouched_chain_is_whole(journal: SqlJournal) -> None:
    report = await journal.verify_audit()
    assert (report.ok, report.rows, report.head.number, report.reason) == (True, ACTIONS, ACTIONS, "")
    assert (await journal.verify_audit(report.head)).ok


async def test_each_row_names_the_one_before(journal: SqlJournal) -> None:
    newest_first = (await journal.audit()).items
    rows = newest_first[::-1]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.previous for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]
    assert len({row.hash for row in rows}) == ACTIONS


async def test_the_audit_is_read_in_pages(journal: SqlJournal) -> None:
    first = await journal.audit(limit=4)
    second = await journal.audit(limit=4, cursor=first.next)
    assert [row.number for row in (*first.items, *second.items)] == [6, 5, 4, 3, 2, 1]


def test_the_hash_is_over_canonical_json() -> None:
    # As anybody can check with a shell: printf '...' | sha256sum
    entry = AuditEntry(1.5, "li", "user.created", "wang", "role viewer")
    assert digest(7, entry, "ab") == ("d2af9b478cbce4f1185558c060434f9a5ec01e1ad3321b2e67963ed000e52b69")


SWAP = (
    "UPDATE audit SET number = -3 WHERE number = 3",
    "UPDATE audit SET number = 3 WHERE number = 4",
    "UPDATE audit SET number = 4 WHERE number = -3",
)
INSERT_AFTER = (
    "INSERT INTO audit SELECT 7, at, actor, action, subject, detail, hash, hash FROM audit WHERE number = 6"
)


@pytest.mark.parametrize(
    ("statements", "broken_at", "reason"),
    [
        (["UPDATE audit SET actor = 'li' WHERE number = 3"], 3, "row 3 was changed"),
        (["UPDATE audit SET at = at + 0.001 WHERE number = 1"], 1, "row 1 was changed"),
        (["UPDATE audit SET detail = '' WHERE number = 6"], 6, "row 6 was changed"),
        (["UPDATE audit SET hash = previous WHERE number = 2"], 2, "row 2 was changed"),
        (["DELETE FROM audit WHERE number = 3"], 3, "row 3 is missing"),
        (["DELETE FROM audit WHERE number = 1"], 1, "row 1 is missing"),
        (SWAP, 3, "row 3 does not follow row 2"),
        (["DELETE FROM audit WHERE number >= 5"], 5, "rows 5 to 6 are missing at the end"),
        (["DELETE FROM audit"], 1, "rows 1 to 6 are missing at the end"),
        ([INSERT_AFTER], 7, "row 7 was changed"),
        (
            ["UPDATE heads SET number = 5 WHERE name = 'audit'"],
            6,
            "the chain goes on after its head at row 5",
        ),
        (["DELETE FROM heads WHERE name = 'audit'"], 7, "the head of the chain is missing"),
    ],
    ids=lambda value: value[0] if isinstance(value, Sequence) and not isinstance(value, str) else "",
)
async def test_tampering_names_the_first_broken_row(
    journal: SqlJournal, tmp_path: Path, statements: Sequence[str], broken_at: int, reason: str
) -> None:
    report = await after(journal, tmp_path, *statements)
    assert (report.ok, report.broken_at, report.reason) == (False, broken_at, reason)


async def test_rows_removed_and_renumbered_still_show(journal: SqlJournal, tmp_path: Path) -> None:
    report = await after(
        journal,
        tmp_path,
        "DELETE FROM audit WHERE number = 3",
        "UPDATE audit SET number = number - 1 WHERE number > 3",
        "UPDATE heads SET number = 5 WHERE name = 'audit'",
    )
    assert report.broken_at == 3


def rewrite(tmp_path: Path, keep: int) -> None:
    """What a patient forger does: cut the tail, and make the head fit."""
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("DELETE FROM audit WHERE number > ?", [keep])
        connection.execute(
            "UPDATE heads SET number = ?, hash = (SELECT hash FROM audit WHERE number = ?) WHERE name = 'audit'",
            [keep, keep],
        )
        connection.commit()


async def test_a_cut_tail_with_a_forged_head_shows_against_a_noted_head(
    journal: SqlJournal, tmp_path: Path
) -> None:
    noted = (await journal.verify_audit()).head
    rewrite(tmp_path, keep=4)
    assert (await journal.verify_audit()).ok  # the database alone cannot know
    report = await journal.verify_audit(noted)
    assert (report.broken_at, report.reason) == (5, "rows 5 to 6, which were noted, are missing at the end")


async def test_a_rewritten_chain_shows_against_a_noted_head(journal: SqlJournal, tmp_path: Path) -> None:
    noted = (await journal.verify_audit()).head
    rewrite(tmp_path, keep=5)
    await journal.commit([Change(audit=(AuditEntry(6.0, "nobody", "x", "y"),))])
    report = await journal.verify_audit(noted)
    assert (report.broken_at, report.reason) == (
        6,
        "row 6 is not the one that was noted: the chain was rewritten",
    )
