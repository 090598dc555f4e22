"""Prometheus' own parser reads the page of a real daemon that works."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from monitor.engine.figures import FIGURES
from tests.integration.house import House, house

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("scrape")]

ONLY_WHEN_IT_HAPPENS = {
    "callers_present",
    "callers_total",
    "discarded_total",
    "messages_heard_total",
    "callbacks_total",
    "journal_errors_total",
    "journal_rejected_total",
    "listener_errors_total",
    "history_failures_total",
    "history_rejected_total",
    "history_errors_total",
    "loop_deaths_total",
    "clock_steps_total",
    "clock_synchronised",
    "polls_missed_total",
    "poll_errors_total",
    "sessions_lost_total",
    "history_thinned_total",
}


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one dead pump, a leak that is told, and somebody who looks."""
    with house(tmp_path_factory.mktemp("house")) as running:
        running.drill("inject not_answering pit-2")
        running.drill("inject leak leak-b2-05")
        running.until(lambda: running.alarm("leak-b2-05.leak"), "the leak")
        yield running


def scrape(home: House) -> dict[str, Metric]:
    text = httpx.get(f"{home.url}/metrics", trust_env=False, verify=False, timeout=15).text
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    """The sum of the samples of that exact name with these labels; -1 when there is none."""
    family = families.get(re.sub(r"_(total|count|sum|bucket)$", "", name))
    found = [
        s.value
        for s in (family.samples if family else ())
        if s.name == name and labels.items() <= s.labels.items()
    ]
    return sum(found) if found else -1.0


def test_everything_that_can_be_is_there_with_its_help_and_its_labels(working: House) -> None:
    def told() -> dict[str, Metric] | None:
        families = scrape(working)
        sent = value(families, "watchroom_messages_total", outcome="sent") > 0
        return families if sent and "watchroom_equipment_answering" in families else None

    families = working.until(told, "a message was sent")
    for name, about in FIGURES.items():
        family = families.get(f"watchroom_{name}".removesuffix("_total"))
        if family is None:
            assert name in ONLY_WHEN_IT_HAPPENS, f"{name} is missing"
            continue
        assert (family.type, family.documentation) == (about.kind, about.help)
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(about.labels), sample
    ours = {name for name in families if name.startswith("watchroom_")} - {"watchroom_build_info"}
    assert ours <= {f"watchroom_{name}".removesuffix("_total") for name in FIGURES}
    assert {"process_cpu_seconds", "process_open_fds", "process_start_time_seconds"} <= set(families)


def test_the_figures_tell_what_happens(working: House) -> None:
    first = scrape(working)
    working.until(
        lambda: (
            value(scrape(working), "watchroom_equipment_answering", equipment="pit-2") == 0
            and value(scrape(working), "watchroom_poll_errors_total", equipment="pit-2") > 0
        ),
        "pit-2 is seen to be silent",
    )
    later = working.until(
        lambda: (
            families
            if value(families := scrape(working), "watchroom_polls_total", equipment="pit-1")
            > value(first, "watchroom_polls_total", equipment="pit-1") + 2
            else None
        ),
        "pit-1 is polled on",
    )
    assert value(later, "watchroom_polls_total", connection="plantroom", equipment="pit-1") > 2
    count = value(later, "watchroom_poll_response_seconds_count", equipment="pit-1")
    seconds = value(later, "watchroom_poll_response_seconds_sum", equipment="pit-1")
    assert 0 < seconds / count < 1
    commits = value(later, "watchroom_journal_commits_total")
    assert value(later, "watchroom_journal_commit_seconds_count") == commits > 0
    assert value(later, "watchroom_journal_commit_seconds_bucket", le="+Inf") == commits
    assert value(later, "watchroom_alarms_open", priority="critical", acknowledged="false") == 1
    assert value(later, "watchroom_healthy") == 1
    assert value(later, "watchroom_history_written_total") > 0
    assert value(later, "watchroom_spool_lost_total") == 0
    assert value(later, "watchroom_disk_free_bytes") > 0
    for subject in ("disk_full", "spool_filling", "outbox", "loops"):
        assert value(later, "watchroom_self_trouble", subject=subject) == 0, f"{subject} is looked at"
    assert 0 <= value(later, "watchroom_loop_lag_seconds") < 10


def test_streams_are_counted(working: House) -> None:
    with (
        httpx.Client(
            headers={"Authorization": f"Bearer {working.token}"}, trust_env=False, verify=False
        ) as client,
        client.stream("GET", f"{working.url}/api/v1/stream"),
    ):
        working.until(lambda: value(scrape(working), "watchroom_live_readers") == 1, "one reader", 15)
    working.until(lambda: value(scrape(working), "watchroom_live_readers") == 0, "none", 30)


def test_what_a_reload_takes_away_is_no_longer_told(working: House) -> None:
    for one in ("lamps-b", "pit-1"):
        working.until(
            lambda id_=one: value(scrape(working), "watchroom_polls_total", equipment=id_) > 0,
            f"{one} was polled",
        )
    equipment = working.read("equipment.yaml")
    left = [one for one in equipment["equipment"] if one["id"] != "lamps-b"]
    working.write("equipment.yaml", {"equipment": left})
    before = value(scrape(working), "watchroom_polls_total", equipment="pit-1")
    working.signal(signal.SIGHUP)
    working.until(lambda: "equipment lamps-b: removed" in working.log(), "the reload is taken")

    def forgotten() -> bool:
        return working.healthy() and "lamps-b" not in str(scrape(working))

    working.until(forgotten, "lamps-b is forgotten")
    after = value(scrape(working), "watchroom_polls_total", equipment="pit-1")
    assert after >= before > 0, "what stays goes on counting"
