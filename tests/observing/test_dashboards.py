"""The Grafana dashboards ask only for what there is, of data sources that whoever imports them chooses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.domain.point import Kind
from monitor.engine.figures import FIGURES
from monitor.settings import load

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "config" / "grafana"
Json = dict[str, Any]
OF_THE_PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
NAMES = r"((?:watchroom|process)_\w+)(\{[^}]*\})?"
SCRAPED = {"job", "instance", "le"}


def dashboard(name: str) -> Json:
    loaded = json.loads((GRAFANA / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def panels(board: Json) -> Iterator[Json]:
    for panel in board["panels"]:
        yield panel
        yield from panels(panel) if panel.get("panels") else ()


def targets(board: Json) -> Iterator[Json]:
    for panel in panels(board):
        yield from panel.get("targets", ())


@pytest.fixture(scope="module")
def fields() -> dict[str, set[str]]:
    """Every field of every measurement, as the ready site's historian has them."""
    site = load(ROOT / "config", driver_settings(), notifier_settings(), types=ROOT / "config" / "types")
    found: dict[str, set[str]] = {}
    for equipment in site.equipment.values():
        for point in equipment.source.plan.points:
            of = found.setdefault(equipment.type, set())
            of.add(f"{point.key}.quality")
            if point.kind is not Kind.TEXT:
                of.add(point.key)
    return found


@pytest.mark.parametrize("name", ["daemon.json", "site.json"])
def test_a_dashboard_can_be_imported_anywhere(name: str) -> None:
    board = dashboard(name)
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= board.keys()
    assert "id" not in board, "Grafana gives it one"
    ids = [panel["id"] for panel in panels(board)]
    assert len(set(ids)) == len(ids)
    variables = {one["name"]: one for one in board["templating"]["list"]}
    sources = {name for name, one in variables.items() if one["type"] == "datasource"}
    for part in (*panels(board), *targets(board), *variables.values()):
        if "datasource" in part:
            assert part["datasource"]["uid"] in {f"${{{source}}}" for source in sources}
    text = (GRAFANA / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|localhost|\d+\.\d+\.\d+\.\d+", text), "no host, no address"
    used = set(re.findall(r"\$(\w+)", " ".join(str(t.get("expr") or t.get("query")) for t in targets(board))))
    assert used - {"timeFilter", "__interval"} <= variables.keys()


@pytest.mark.parametrize("name", ["daemon.json", "site.json"])
def test_panels_do_not_overlap(name: str) -> None:
    board = dashboard(name)
    for level in [board["panels"], *(p["panels"] for p in board["panels"] if p.get("panels"))]:
        taken: set[tuple[int, int]] = set()
        for panel in level:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24
            cells = {
                (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken, panel["title"]
            taken |= cells


def test_the_daemons_dashboard_asks_for_figures_that_there_are_by_labels_that_they_have() -> None:
    asked: set[str] = set()
    for target in targets(dashboard("daemon.json")):
        for name, labels in re.findall(NAMES, target["expr"]):
            if name in OF_THE_PROCESS:
                continue
            short = name.removeprefix("watchroom_")
            if short == "build_info":
                continue
            base = short if short in FIGURES else re.sub(r"_(sum|count|bucket)$", "", short)
            assert base in FIGURES, target["expr"]
            if base != short:
                assert FIGURES[base].kind in ("summary", "histogram"), target["expr"]
                assert not short.endswith("_bucket") or FIGURES[base].kind == "histogram"
            asked.add(base)
            matched = set(re.findall(r"(\w+)\s*[=!]~?", labels))
            assert matched <= set(FIGURES[base].labels) | SCRAPED, target["expr"]
        shown = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        assert all(label in target["expr"] or _has(target["expr"], label) for label in shown), target["expr"]
    assert len(asked) > 25


def _has(expression: str, label: str) -> bool:
    """Some figure of the expression has this label (`version` is the build's)."""
    names = re.findall(r"watchroom_(\w+)", expression)
    return label == "version" or any(label in FIGURES[name].labels for name in names if name in FIGURES)


def test_the_sites_dashboard_asks_influxdb_for_fields_that_are_written(fields: dict[str, set[str]]) -> None:
    queries = [t["query"] for t in targets(dashboard("site.json")) if "query" in t]
    assert queries
    for query in queries:
        [(field, measurement)] = re.findall(r'mean\("([^"]+)"\) FROM "([^"]+)"', query)
        assert field in fields[measurement], query
        assert set(re.findall(r'"(\w+)" =~', query)) <= {"site", "equipment", "system"}


def test_the_sites_dashboard_asks_victoriametrics_for_the_same(fields: dict[str, set[str]]) -> None:
    board = dashboard("site.json")
    names = [re.findall(r'__name__="([^"]+)"', t["expr"])[0] for t in targets(board) if "expr" in t]
    written = {f"{measurement}_{field}" for measurement, of in fields.items() for field in of}
    assert names
    assert set(names) <= written
    influx = sum("query" in t for t in targets(board))
    assert len(names) == influx, "both rows show the same"


def test_every_type_of_the_ready_site_is_shown(fields: dict[str, set[str]]) -> None:
    text = (GRAFANA / "site.json").read_text(encoding="utf-8")
    assert [measurement for measurement in fields if f'\\"{measurement}\\"' not in text] == []
