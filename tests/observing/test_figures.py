"""The table of figures is the truth: the code counts nothing else, with no other labels, and the page explains each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.console.exposition import expose
from monitor.engine.figures import FIGURES
from monitor.engine.tally import BOUNDS, Tally

ROOT = Path(__file__).parents[2]
KINDS = {
    "add": {"counter"},
    "counter": {"counter"},
    "set": {"gauge"},
    "gauge": {"gauge"},
    "observe": {"summary", "histogram"},
    "durations": {"summary", "histogram"},
}


def calls() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Where, how, what and with which labels the code counts."""
    for path in [*(ROOT / "monitor").rglob("*.py"), *(ROOT / "drivers").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in KINDS
                and ast.unparse(node.func.value).rpartition(".")[2].lstrip("_") == "tally"
            ):
                labels = frozenset(str(keyword.arg) for keyword in node.keywords)
                for name in _names(tree, node):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.func.attr, name, labels


def _names(tree: ast.Module, call: ast.Call) -> list[str]:
    """The name that is counted, or all names that the method around it is given."""
    first = call.args[0]
    if not isinstance(first, ast.Name):
        return [ast.literal_eval(first)]
    [around] = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and call in ast.walk(one)]
    position = [argument.arg for argument in around.args.args].index(first.id) - 1
    given = [
        one.args[position]
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == around.name
    ]
    assert given, f"nobody calls {around.name}"
    return [ast.literal_eval(one) for one in given]


def test_the_code_counts_what_the_table_says_and_nothing_else() -> None:
    found = list(calls())
    assert len(found) > 30
    for where, how, name, labels in found:
        assert name in FIGURES, where
        assert FIGURES[name].kind in KINDS[how], where
        assert labels == set(FIGURES[name].labels), where
    assert {name for _, _, name, _ in found} == set(FIGURES), "and nothing in the table is never counted"


@pytest.mark.parametrize("name", FIGURES)
def test_names_follow_the_conventions(name: str) -> None:
    about = FIGURES[name]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert name.endswith("_total") is (about.kind == "counter")
    assert about.kind not in ("summary", "histogram") or name.endswith("_seconds")
    assert about.help.endswith(".")


def test_the_page_has_the_same_table() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `watchroom_(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    told = {name: (kind, tuple(re.findall(r"`(\w+)`", labels)), help_) for name, kind, labels, help_ in rows}
    assert told.pop("build_info")
    assert told == {name: (about.kind, about.labels, about.help) for name, about in FIGURES.items()}


def test_every_kind_is_exposed_as_prometheus_reads_it() -> None:
    tally = Tally()
    tally.add("polls_total", 2, connection="bus", equipment="pit-1")
    tally.set("spool_depth", 7)
    for seconds in (0.0005, 0.004, 0.004, 60.0):
        tally.observe("journal_commit_seconds", seconds)
    tally.observe("poll_response_seconds", 0.25, connection="bus", equipment="pit-1")
    families = {one.name: one for one in text_string_to_metric_families(expose(tally).decode())}
    assert families["watchroom_polls"].type == "counter"
    assert families["watchroom_polls"].samples[0].labels == {"connection": "bus", "equipment": "pit-1"}
    assert families["watchroom_spool_depth"].samples[0].value == 7
    assert families["watchroom_spool_depth"].documentation == FIGURES["spool_depth"].help
    histogram = families["watchroom_journal_commit_seconds"]
    assert histogram.type == "histogram"
    by_bound = {s.labels["le"]: s.value for s in histogram.samples if s.name.endswith("_bucket")}
    assert len(by_bound) == len(BOUNDS) + 1
    assert (by_bound["0.001"], by_bound["0.005"], by_bound["10.0"], by_bound["+Inf"]) == (1, 3, 3, 4)
    summary = {s.name: s.value for s in families["watchroom_poll_response_seconds"].samples}
    assert summary == {
        "watchroom_poll_response_seconds_count": 1,
        "watchroom_poll_response_seconds_sum": 0.25,
    }
    assert families["watchroom_build_info"].samples[0].labels.keys() == {"version", "python"}
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6


def test_what_is_gone_is_forgotten_and_sums_run_over_series() -> None:
    tally = Tally()
    for equipment in ("a", "b"):
        tally.add("polls_total", connection="bus", equipment=equipment)
        tally.observe("poll_response_seconds", 1.0, connection="bus", equipment=equipment)
    assert tally.get("polls_total", connection="bus") == 2
    tally.forget("equipment", "a")
    assert tally.get("polls_total") == 1
    assert [dict(figure.labels)["equipment"] for figure in tally.snapshot()] == ["b", "b"]
