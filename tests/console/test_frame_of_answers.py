"""What surrounds every answer: headers, problems, limits, health, metrics, words, the shell."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from string import Formatter

import pytest
from structlog.testing import capture_logs

import monitor.console
from monitor.console.texts import LANGUAGES, accepted, catalogue, nearest
from monitor.console.times import local_day, stamp
from monitor.domain.alarm import AlarmState, EventCause, Refusal
from monitor.domain.escalation import Needless
from monitor.domain.inspection import Outcome
from monitor.domain.notification import Delivery
from monitor.domain.reading import Quality
from monitor.domain.rules import Priority
from monitor.domain.workorder import OrderState
from monitor.engine.inbox import ReplyOutcome
from monitor.engine.selfwatch import Health
from tests.console.conftest import Client
from tests.console.world import World

HOME = Path(monitor.console.__file__).parent
SOURCES = sorted((HOME / "static").glob("*.js")) + sorted((HOME / "static").glob("[lv]i*/*.js"))


@pytest.mark.parametrize(
    "path", ["/", "/equipment/pit-1", "/static/main.js", "/api/v1/alarms", "/nothing", "/healthz"]
)
async def test_every_answer_is_armoured(path: str, client: Callable[..., Client]) -> None:
    answer = await client(None).get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] in ("no-store", "no-cache")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/nothing", None, 404),
        ("GET", "/static/nothing.js", None, 404),
        ("GET", "/static/%2e%2e/app.py", None, 404),
        ("DELETE", "/api/v1/alarms", None, 405),
        ("POST", "/api/v1/handovers", b"{", 422),
        ("POST", "/api/v1/handovers", b"[]", 422),
        ("POST", "/api/v1/handovers", b'{"text": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_errors_are_problems(
    method: str, path: str, body: bytes | None, status: int, client: Callable[..., Client]
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client().request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "title", "status", "code"}


async def test_a_body_without_a_length_is_counted(client: Callable[..., Client]) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * 1000

    headers = {"Content-Type": "application/json"}
    answer = await client().post("/api/v1/handovers", content=endless(), headers=headers)
    assert answer.status_code == 413


async def test_the_unforeseen_is_logged_under_an_id_and_not_told(
    world: World, client: Callable[..., Client]
) -> None:
    world.historian.failure = ZeroDivisionError("secret detail")
    with capture_logs() as logs:
        answer = await client().get("/api/v1/history", params={"point": "pit-1.level"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    [entry] = [log for log in logs if log["event"] == "console.error"]
    assert (entry["reference"], entry["exc_info"]) == (answer.json()["reference"], True)
    assert "content-security-policy" in answer.headers


async def test_health_tells_reasons_only_to_those_who_signed_in(
    world: World, client: Callable[..., Client]
) -> None:
    assert (await client(None).get("/healthz")).json() == {"ok": True}
    world.health = Health(False, ("loop polling has not turned for 60 s",))
    stranger = await client(None).get("/healthz")
    assert (stranger.status_code, stranger.json()) == (503, {"ok": False})
    known = await client("viewer").get("/healthz")
    assert known.json()["reasons"] == ["loop polling has not turned for 60 s"]


async def test_metrics_are_for_this_machine_and_for_tokens(
    world: World, client: Callable[..., Client]
) -> None:
    world.tally.add("polls_total", 3, connection='x"\n')
    world.tally.set("outbox_depth", 2)
    here = await client(None, address="127.0.0.1").get("/metrics")
    assert 'watchroom_polls_total{connection="x\\"\\n"} 3.0' in here.text
    assert "watchroom_outbox_depth 2.0" in here.text
    assert (await client(None).get("/metrics")).status_code == 401
    assert (await client("viewer").get("/metrics")).status_code == 200
    proxied = client(None, address="127.0.0.1", **{"X-Forwarded-For": "10.0.0.1"})
    assert (await proxied.get("/metrics")).status_code == 401


async def test_the_shell_escapes_the_site_and_knows_language_and_theme(
    client: Callable[..., Client],
) -> None:
    page = (await client(None).get("/", headers={"Accept-Language": "en-US,en;q=0.9"})).text
    assert '<html lang="en" data-theme="dark" data-site="河畔花園"' in page
    assert "<script>" not in page
    assert "style=" not in page
    cookies = {"watchroom_theme": "light", "watchroom_language": "zh-Hans"}
    again = await client(None, Cookie="; ".join(f"{k}={v}" for k, v in cookies.items())).get("/rounds")
    assert '<html lang="zh-Hans" data-theme="light"' in again.text


async def test_unchanged_files_are_not_sent_twice(client: Callable[..., Client]) -> None:
    first = await client(None).get("/static/main.js")
    again = await client(None).get("/static/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


async def test_the_documentation_has_every_route_of_the_contract(client: Callable[..., Client]) -> None:
    schema = (await client(None).get("/api/openapi.json")).json()
    wanted = """/healthz /metrics /api/v1/equipment /api/v1/equipment/{id} /api/v1/points /api/v1/points/{id}
        /api/v1/history /api/v1/alarms /api/v1/alarms/{id}/ack /api/v1/alarms/{id}/shelve /api/v1/alarms/{id}/unshelve
        /api/v1/alarms/{id}/reset /api/v1/alarms/{id}/comment /api/v1/events /api/v1/rounds
        /api/v1/checkpoints/{id}/scans /api/v1/orders /api/v1/roster /api/v1/handovers /api/v1/reports/scorecard
        /api/v1/stream"""
    assert set(wanted.split()) <= set(schema["paths"])
    assert (await client(None).get("/api/docs")).status_code == 200


# Words


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    first = catalogue(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        words = catalogue(language)
        assert set(words) == set(first)
        assert {k: gaps(v) for k, v in words.items()} == {k: gaps(v) for k, v in first.items()}
    assert all(text.strip() for language in LANGUAGES for text in catalogue(language).values())


def test_no_word_is_left_over_and_none_is_missing() -> None:
    text = "\n".join(
        path.read_text()
        for path in [
            *SOURCES,
            *sorted(HOME.glob("shapes/*.py")),
            *sorted(HOME.glob("evidence/*.py")),
            HOME / "templates/evidence.html",
        ]
    )
    said = set(re.findall(r'["\'`]([a-z]+(?:\.[A-Za-z0-9_]+)+)["\'`]', text))
    groups = set(re.findall(r"`([a-z]+(?:\.[a-z]+)*\.)\$\{", text))
    groups |= {f"{g}." for g in re.findall(r'word\("(\w+)"', text)}
    words = set(catalogue("en"))
    leftover = {w for w in words if w not in said and not w.startswith(tuple(groups))}
    assert leftover == set()
    prefixes = {w.split(".")[0] for w in words}
    files = (".js", ".css", ".svg", ".html", ".csv", ".json")
    missing = {w for w in said if w.split(".")[0] in prefixes and w not in words and not w.endswith(files)}
    assert missing == set()


def test_everything_the_domain_can_say_has_a_word() -> None:
    wanted = {f"state.{s.value}" for s in AlarmState} | {f"priority.{p.value}" for p in Priority}
    wanted |= {f"cause.{c.value}" for c in EventCause} | {f"delivery.{d.value}" for d in Delivery}
    wanted |= {f"outcome.{o.value}" for o in Outcome} | {f"orders.state.{o.value}" for o in OrderState}
    wanted |= {f"problem.{r.value}" for r in Refusal} | {f"reason.{q.reason}" for q in Quality if q.reason}
    wanted |= {f"needless.{n.value}" for n in Needless}
    wanted |= {f"messages.outcome.{r.value}" for r in ReplyOutcome}
    assert wanted - set(catalogue("en")) == set()


def test_the_chinese_catalogues_are_of_one_script_each() -> None:
    hant, hans = (json.dumps(catalogue(tag), ensure_ascii=False) for tag in ("zh-Hant", "zh-Hans"))
    assert not re.search("[设备认时间连线实测电机开关]", hant.replace("備", "").replace("開關", ""))
    assert not re.search("[設備認時間連線實測電機開關]", hans)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("fr", None),
    ],
)
def test_language_tags(tag: str, language: str | None) -> None:
    assert nearest(tag) == language
    assert accepted(f"fr;q=1, {tag};q=0.5") == language


def test_times_have_milliseconds_and_days_are_the_sites() -> None:
    assert stamp(1_795_406_400.9996) == "2026-11-23T04:00:01.000Z"
    start, end = local_day(1_793_500_000.0, "America/New_York")
    assert (end - start) / 3600 in (24, 25)
    summer = local_day(1_774_760_400.0, "Europe/Berlin")  # the night clocks go forward
    assert (summer[1] - summer[0]) / 3600 == 23
