"""Everything here starts whole processes and judges them by other people's programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
