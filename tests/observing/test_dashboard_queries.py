"""Every question of the dashboards is put to a real server that holds what Watchroom writes, and is answered."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.console.exposition import expose
from monitor.domain.history import Sample
from monitor.domain.point import Kind
from monitor.engine.figures import FIGURES
from monitor.engine.tally import Tally
from monitor.settings import load
from monitor.storage.history_influx.address import addresses_of
from monitor.storage.history_influx.lines import Lines
from tests.observing.test_dashboards import ROOT, dashboard, targets
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria import Victoria

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("dashboards")]

VALUES = {"state": "waiting", "priority": "critical", "acknowledged": "false"}
"""Labels that the dashboards choose by; any word will do for the others."""
NOUGHT = {"equipment_answering", "link_up"}
"""Shown only while they are 0."""


def as_chosen(question: str) -> str:
    """With the dashboard's variables filled in as Grafana does it for "All"."""
    for variable, chosen in {
        "$__interval": "1m",
        "$timeFilter": "time > now() - 1h",
        "/^$site$/": "/.*/",
        "/^$equipment$/": "/.*/",
    }.items():
        question = question.replace(variable, chosen)
    return re.sub(r"\$\w+", ".*", question)


def written() -> bytes:
    """Two scans of every numeric point of the ready site, as line protocol."""
    site = load(ROOT / "config", driver_settings(), notifier_settings(), types=ROOT / "config" / "types")
    now = int(time.time() * 1000)
    samples = [
        Sample(point.id, at, 1.0, 0)
        for at in (now - 60_000, now - 30_000)
        for equipment in site.equipment.values()
        for point in equipment.source.plan.points
        if point.kind is not Kind.TEXT
    ]
    lines, _ = Lines(addresses_of(site)).write(samples)
    return lines


def told(turn: int) -> bytes:
    """Every figure that there is, in the page's own form."""
    tally = Tally()
    for name, about in FIGURES.items():
        labels = {label: VALUES.get(label, "x") for label in about.labels}
        if about.kind == "counter":
            tally.add(name, 10 * turn, **labels)
        elif about.kind == "gauge":
            tally.set(name, 0 if name in NOUGHT else turn, **labels)
        else:
            for _ in range(10 * turn):
                tally.observe(name, 0.02, **labels)
    return expose(tally)


def post(url: str, body: bytes) -> None:
    urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=10).close()


def asked(url: str, expression: str) -> list[Any]:
    """The series that a PromQL server answers with."""
    query = urllib.parse.urlencode({"query": expression, "time": f"{time.time():.0f}"})
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=10) as answer:
            found: Mapping[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expression}\n{error.read().decode()}") from error
    assert found["status"] == "success", found
    return list(found["data"]["result"])


@pytest.fixture(scope="module")
def victoria() -> Iterator[Victoria]:
    server = Victoria()
    try:
        server.start()
        now = int(time.time() * 1000)
        for turn, age in ((1, 120_000), (2, 60_000), (3, 1_000)):
            place = f"/api/v1/import/prometheus?timestamp={now - age}&extra_label=job=watchroom"
            post(server.url + place, told(turn))
        post(f"{server.url}/write?precision=ms", written())
        server.flush()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def influxdb() -> Iterator[InfluxDB]:
    server = InfluxDB()
    try:
        server.start()
        server.create_database("site")
        post(f"{server.url}/write?db=site&precision=ms", written())
        yield server
    finally:
        server.close()


EXPRESSIONS = [t["expr"] for t in targets(dashboard("daemon.json"))]
OF_SITE = [t["expr"] for t in targets(dashboard("site.json")) if "expr" in t]
INFLUXQL = [t["query"] for t in targets(dashboard("site.json")) if "query" in t]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_question_about_the_daemon_is_answered(victoria: Victoria, expression: str) -> None:
    assert asked(victoria.url, as_chosen(expression)), expression


@pytest.mark.parametrize("expression", OF_SITE)
def test_a_question_about_the_site_is_answered_by_victoriametrics(
    victoria: Victoria, expression: str
) -> None:
    assert asked(victoria.url, as_chosen(expression).replace("[1m]", "[5m]")), expression


@pytest.mark.parametrize("query", INFLUXQL)
def test_a_question_about_the_site_is_answered_by_influxdb(influxdb: InfluxDB, query: str) -> None:
    series = influxdb.query(as_chosen(query), "site")
    assert series, query
    assert all(one["tags"]["equipment"] and one["values"] for one in series)
