from dataclasses import replace
from pathlib import Path

import pytest

from monitor import catalogue
from monitor.domain.history import Sample
from monitor.ports import Permanent
from monitor.settings import loader
from monitor.settings.site import HistorianSettings, Secret, Site
from monitor.storage.history import holds_of, open_historian
from monitor.storage.history_influx import InfluxHistorian, addresses_of
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.history_victoria import VictoriaHistorian


@pytest.fixture(scope="module")
def site() -> Site:
    return loader.load(
        catalogue.shipped_site(),
        catalogue.driver_settings(),
        catalogue.notifier_settings(),
        types=catalogue.shipped_types(),
    )


async def test_the_default_is_a_file_in_the_state_directory(tmp_path: Path, site: Site) -> None:
    historian = open_historian(HistorianSettings("sqlite:sub/history.db", 90 * 86400.0), tmp_path, site)
    assert isinstance(historian, SqliteHistorian)
    await historian.write([Sample("a.b", 1, 1.0, 0)])
    await historian.close()
    assert (tmp_path / "sub" / "history.db").exists()


@pytest.mark.parametrize(
    "url", ["influxdb1://h:8086/db", "influxdb2+s://h:8086/org/bucket", "influxdb3://h:8181/db"]
)
async def test_influxdb_by_url(tmp_path: Path, site: Site, url: str) -> None:
    settings = HistorianSettings(url, 90 * 86400.0, token=Secret("t"))
    historian = open_historian(settings, tmp_path, site)
    assert isinstance(historian, InfluxHistorian)
    await historian.close()


def test_anything_else_is_said(tmp_path: Path, site: Site) -> None:
    with pytest.raises(Permanent, match="graphite: is not known"):
        open_historian(replace(site.historian, url="graphite://h:2003"), tmp_path, site)


@pytest.mark.parametrize("url", ["victoriametrics://h:8428", "victoriametrics+s://h:8428"])
async def test_victoriametrics_by_url(tmp_path: Path, site: Site, url: str) -> None:
    historian = open_historian(HistorianSettings(url, 90 * 86400.0), tmp_path, site)
    assert isinstance(historian, VictoriaHistorian)
    await historian.close()


def test_points_that_speak_rarely_are_held_until_they_are_stale(site: Site) -> None:
    holds = holds_of(site)
    assert holds["leak-b2-05.leak"] == 25 * 3_600_000
    assert "pit-1.level" not in holds


def test_every_point_has_an_address(site: Site) -> None:
    addresses = addresses_of(site)
    level = addresses["pit-1.level"]
    assert (level.type, level.equipment, level.system, level.key, level.site) == (
        "sump-pit", "pit-1", "pumps", "level", "riverside",
    )  # fmt: skip
    assert len(addresses) == sum(len(e.source.plan.points) for e in site.equipment.values())
