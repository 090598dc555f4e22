"""Every question of the site's dashboard, as Grafana puts it, to a real InfluxDB and a real VictoriaMetrics that hold what our
historians wrote: each gives data."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.domain.history import Sample
from monitor.domain.point import Kind
from monitor.ports import Historian
from monitor.settings import load
from monitor.settings.site import HistorianSettings, Site
from monitor.storage.history_influx import InfluxHistorian, addresses_of
from monitor.storage.history_victoria import VictoriaHistorian
from tests.observing.test_dashboards import dashboard, targets
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria import Victoria

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.real
BOARD = dashboard("site.json")
VARIABLES = {one["name"]: one for one in BOARD["templating"]["list"]}


@pytest.fixture(scope="module")
def site() -> Site:
    return load(ROOT / "config", driver_settings(), notifier_settings(), types=ROOT / "config" / "types")


async def filled(historian: Historian, site: Site) -> None:
    """Ten minutes of every point."""
    now = round(time.time() * 1000)
    values: dict[Kind, Any] = {Kind.ANALOG: 1.5, Kind.COUNTER: 7.0, Kind.DISCRETE: True, Kind.TEXT: "x"}
    points = [point for one in site.equipment.values() for point in one.source.plan.points]
    for ago in range(600, 0, -60):
        written = await historian.write([Sample(p.id, now - ago * 1000, values[p.kind], 0) for p in points])
        assert written.rejected == ()
    await historian.close()


def asked(url: str, path: str, **query: str) -> Any:
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
        return json.load(answer)


def said(text: str, **chosen: list[str]) -> str:
    """Variables as Grafana writes several choices into a regular expression."""
    for name, values in chosen.items():
        one = values[0] if len(values) == 1 else f"({'|'.join(values)})"
        text = text.replace(f"${name}", one)
    return text


async def test_influxdb_answers_every_panel(site: Site) -> None:
    with InfluxDB() as server:
        await filled(InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/house", addresses_of(site)), site)

        def values(query: str) -> list[str]:
            result = asked(server.url, "/query", db="house", q=query)["results"][0]
            return sorted({row[1] for series in result["series"] for row in series["values"]})

        sites = values(VARIABLES["site"]["query"])
        assert sites == [site.id]
        equipment = values(said(VARIABLES["equipment"]["query"], site=sites))
        assert set(equipment) == set(site.equipment)
        questions = [t["query"] for t in targets(BOARD) if "query" in t]
        for question in questions:
            query = said(question, site=sites, equipment=equipment, timeFilter=["time > now() - 1h"])
            result = asked(server.url, "/query", db="house", q=query.replace("$__interval", "1m"))["results"][
                0
            ]
            assert any(row[1] is not None for s in result.get("series", ()) for row in s["values"]), query
        assert len(questions) > 15


async def test_victoriametrics_answers_every_panel(site: Site) -> None:
    with Victoria() as server:
        settings = HistorianSettings(f"victoriametrics://127.0.0.1:{server.port}", 90 * 86_400.0)
        await filled(VictoriaHistorian(settings, addresses_of(site)), site)
        server.flush()

        def labels(query: str) -> list[str]:
            selector, _, label = query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
            path = f"/api/v1/label/{label}/values"
            found: list[str] = asked(server.url, path, **{"match[]": selector, "start": "1"})["data"]
            return sorted(found)

        sites = labels(VARIABLES["vm_site"]["query"])
        assert sites == [site.id]
        equipment = labels(said(VARIABLES["vm_equipment"]["query"], vm_site=sites))
        assert set(equipment) == set(site.equipment)
        questions = [t["expr"] for t in targets(BOARD) if "expr" in t]
        for question in questions:
            query = said(question, vm_site=sites, vm_equipment=equipment)
            query = query.replace("$__interval", "1m").replace("$__rate_interval", "4m")
            now = time.time()
            answer = asked(
                server.url,
                "/api/v1/query_range",
                query=query,
                start=str(now - 900),
                end=str(now),
                step="60",
            )
            assert answer["data"]["result"], query
        assert len(questions) > 15
