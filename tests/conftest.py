"""Fixtures every test may use: real servers on loopback, each stopped by its own pid."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.chromium import launch_arguments
from tests.servers.influxdb import InfluxDB
from tests.servers.mosquitto import Mosquitto
from tests.servers.victoria import Victoria
from tests.support import memory_disk

memory_disk.use()

# How long an example takes says something about the machine, nothing about us: no timed assertion in a test.
settings.register_profile("watchroom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("watchroom")


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    """A fresh broker that lets anybody in."""
    with Mosquitto() as server:
        yield server


@pytest.fixture
def influxdb() -> Iterator[InfluxDB]:
    """A fresh InfluxDB without a database."""
    with InfluxDB() as server:
        yield server


@pytest.fixture
def victoria() -> Iterator[Victoria]:
    """A fresh VictoriaMetrics with the flags that history needs."""
    with Victoria() as server:
        yield server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium instead of a downloaded one (overrides pytest-playwright)."""
    return {**browser_type_launch_args, **launch_arguments()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: once Playwright has started, its event loop runs until the session ends,
    and no asyncio test could start another one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
