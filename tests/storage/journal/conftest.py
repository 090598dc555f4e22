"""Journals for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.contracts.journal")

from monitor.storage.journal import SqlJournal  # noqa: E402
from tests.servers.postgres import Postgres  # noqa: E402
from tests.support.journals import sqlite_journal  # noqa: E402


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqlJournal]:
    """A new journal in its own directory, file `journal.db`."""
    opened = await sqlite_journal(tmp_path)
    yield opened
    await opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a server stay together, so that one is made, and not one for each process that runs tests."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.get_closest_marker("real"):
            item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this folder; each takes a database of its own."""
    with Postgres() as server:
        yield server
