"""How much the journal costs over plain sqlite3 with the same durability: `python -m benchmarks.journal`.

Both write the same rows, in turn, to the same disk with synchronous=FULL, so the ratios hold on another machine;
the absolute figures do not. `--in DIR` chooses the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from sqlalchemy.dialects import sqlite

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.notification import Notification
from monitor.domain.rules import AlarmKind, Priority
from monitor.ports import Change
from monitor.storage.journal import SqlJournal, codec, tables

GROUP = 500
SINGLES = 100
ROUNDS = 9


def a_change(sequence: int) -> Change:
    """One alarm raised: its event, its row and one message."""
    alarm = f"pit{sequence % 300}.overflow"
    event = AlarmEvent(
        sequence,
        alarm,
        AlarmKind.LIMIT,
        f"pit{sequence % 300}",
        Priority.HIGH,
        EventCause.RAISED,
        AlarmState.NORM,
        AlarmState.UNACK,
        1,
        1,
        1_795_000_000.0 + sequence,
        float(sequence),
        value=12.5,
    )
    message = Notification(
        f"n{sequence}", sequence, alarm, 1, 1, 0, "duty", "sms", 30.0, text="【值班】污水坑溢流"
    )
    return Change(
        events=(event,),
        alarms=(Alarm(alarm, Priority.HIGH, sequence, 1, True, False),),
        notifications=(message,),
    )


class Plain:
    """The same three tables and indexes by hand: what the disk and SQLite cost without us."""

    def __init__(self, journal: Path, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        with closing(sqlite3.connect(journal)) as ours:
            schema = ours.execute(
                "SELECT sql FROM sqlite_schema WHERE tbl_name IN ('events', 'alarms', 'notifications') AND sql NOT NULL"
            )
            for (sql,) in schema.fetchall():
                self.connection.execute(sql)

    def commit(self, rows: dict[str, list[list[object]]]) -> None:
        """Rows ready to be bound, in one transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        for table, values in rows.items():
            marks = ",".join("?" * len(values[0]))
            self.connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)
        self.connection.execute("COMMIT")


def bound(changes: Sequence[Change]) -> dict[str, list[list[object]]]:
    """The rows of these changes as SQLite takes them."""
    dialect = sqlite.dialect()
    found: dict[str, list[list[object]]] = {}
    for table, rows in (
        (tables.events, [codec.EVENT.to_row(event) for change in changes for event in change.events]),
        (tables.alarms, [codec.ALARM.to_row(alarm) for change in changes for alarm in change.alarms]),
        (
            tables.notifications,
            [codec.NOTIFICATION.to_row(m) for change in changes for m in change.notifications],
        ),
    ):
        binders = [(column.name, column.type.bind_processor(dialect)) for column in table.columns]
        found[table.name] = [
            [bind(row[name]) if bind else row[name] for name, bind in binders] for row in rows
        ]
    return found


async def measure(directory: Path) -> None:
    """Ours and plain in turn, round by round; medians are printed."""
    journal = await SqlJournal.open("sqlite:journal.db", directory)
    plain = Plain(directory / "journal.db", directory / "plain.db")
    sequence = 1
    groups: list[tuple[float, float]] = []
    singles: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        changes = [a_change(sequence + n) for n in range(GROUP)]
        sequence += GROUP
        groups.append((await _ours(journal, [changes]), _plain(plain, [changes])))
        each = [[a_change(sequence + n)] for n in range(SINGLES)]
        sequence += SINGLES
        singles.append((await _ours(journal, each), _plain(plain, each)))
    await journal.close()
    plain.connection.close()
    _report(f"group commit of {GROUP} alarms (event, row, message)", groups, 1)
    _report("single commits of one alarm", singles, SINGLES)


async def _ours(journal: SqlJournal, batches: Sequence[Sequence[Change]]) -> float:
    start = time.perf_counter()
    for batch in batches:
        await journal.commit(batch)
    return time.perf_counter() - start


def _plain(plain: Plain, batches: Sequence[Sequence[Change]]) -> float:
    ready = [bound(batch) for batch in batches]
    start = time.perf_counter()
    for rows in ready:
        plain.commit(rows)
    return time.perf_counter() - start


def _report(title: str, rounds: Sequence[tuple[float, float]], commits: int) -> None:
    ours, plain = (median(seconds) / commits for seconds in zip(*rounds, strict=True))
    ratio = median(ours / plain for ours, plain in rounds)
    print(f"{title}:")
    print(f"  journal       {ours * 1000:7.2f} ms   {1 / ours:8.0f} commits/s")
    print(f"  plain sqlite3 {plain * 1000:7.2f} ms   {1 / plain:8.0f} commits/s   ratio {ratio:.1f}")


def main() -> None:
    """Measure in a temporary directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="directory", help="where to put the temporary files")
    with tempfile.TemporaryDirectory(dir=parser.parse_args().directory) as directory:
        asyncio.run(measure(Path(directory)))


if __name__ == "__main__":
    main()
