"""Everything here starts whole processes and judges them by other people's programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.demo_show import SHOW, Show
from tests.integration.house import House, house


def eager(config: House) -> None:
    """The alarms of the ready site without their patience, so that tests need none either."""
    equipment = config.read("equipment.yaml")
    for one in equipment["equipment"]:
        if one["id"] == "lamps-a":
            one["set"] = {"lamps.on_delay": "1s", "lamps.off_delay": "1s"}
        if one["id"] == "pit-2":
            one["set"] = {"comm.on_delay": "2s"}
    config.write("equipment.yaml", equipment)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """A running house with a quiet plant."""
    with house(tmp_path, prepare=eager) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running house for tests that only look."""
    with house(tmp_path_factory.mktemp("house"), prepare=eager) as running:
        yield running


Json = dict[str, Any]


@pytest.fixture(scope="session")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    """The demo, which plays in the background while other tests run."""
    playing = Show(tmp_path_factory.mktemp("demo"))
    try:
        yield playing
    finally:
        playing.end()


@pytest.fixture(scope="session")
def over(show: Show) -> Show:
    """The demo after everything was shown."""
    time.sleep(max(0.0, show.started + SHOW - time.time()))
    return show


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The demo starts before anything else and is looked at last, so that its three minutes cost nobody time."""
    items.sort(key=lambda item: _place(set(getattr(item, "fixturenames", ()))))


def _place(fixtures: set[str]) -> int:
    return 2 if "over" in fixtures else 0 if "show" in fixtures else 1
