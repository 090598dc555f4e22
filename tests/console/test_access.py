"""Who may do what: every route with every role, sessions, other people's pages, guessing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.routing import APIRoute

from monitor.console import app
from monitor.console.throttle import PER_ADDRESS, PER_PAIR, WINDOW, Throttle
from tests.console.conftest import Client
from tests.console.world import World

ROLES = (None, "viewer", "operator", "engineer", "admin")
OPEN = {"GET /healthz", "POST /api/v1/session", "GET /api/v1/texts"}
OPERATOR = {
    "POST /api/v1/alarms/{id}/ack",
    "POST /api/v1/alarms/{id}/reset",
    "POST /api/v1/alarms/{id}/shelve",
    "POST /api/v1/alarms/{id}/unshelve",
    "POST /api/v1/alarms/{id}/comment",
    "POST /api/v1/alarms/{id}/tested",
    "POST /api/v1/alarms/ack",
    "POST /api/v1/checkpoints/{id}/scans",
    "POST /api/v1/orders",
    "POST /api/v1/orders/{id}/move",
    "POST /api/v1/handovers",
    "POST /api/v1/phones/{person}/replies",
    "POST /api/v1/log",
    "POST /api/v1/points/{id}/substitute",
    "POST /api/v1/points/{id}/resume",
}
VIEWER = {"POST /api/v1/exports"}
ENGINEER = {"POST /api/v1/equipment/{id}/service"}
TAKES_AWAY = {"GET /api/v1/alarms/{id}/evidence"}
"""Reading that carries people's numbers and words out of the house: engineers, and the audit notes it."""
SEEN = {"occurrence": 1, "annunciation": 1}
BODIES: dict[str, Any] = {
    "POST /api/v1/alarms/{id}/ack": SEEN,
    "POST /api/v1/alarms/ack": {"items": [{**SEEN, "id": "pit-1.level_high"}]},
    "POST /api/v1/alarms/{id}/reset": SEEN,
    "POST /api/v1/alarms/{id}/shelve": {**SEEN, "until": "2026-11-23T05:00:00Z", "reason": "repair"},
    "POST /api/v1/alarms/{id}/unshelve": SEEN,
    "POST /api/v1/alarms/{id}/comment": {"note": "seen"},
    "POST /api/v1/alarms/{id}/tested": {"note": "seen"},
    "POST /api/v1/checkpoints/{id}/scans": {
        "at": "2026-11-23T04:00:00Z",
        "answers": {},
        "client_id": "abcdefgh",
    },
    "POST /api/v1/orders": {"title": "look"},
    "POST /api/v1/orders/{id}/move": {"state": "on_site"},
    "POST /api/v1/handovers": {"text": "quiet"},
    "POST /api/v1/log": {"text": "seen"},
    "POST /api/v1/exports": {
        "points": ["pit-1.level"],
        "from": "2026-11-23T00:00:00Z",
        "to": "2026-11-23T01:00:00Z",
    },
    "POST /api/v1/points/{id}/substitute": {
        "value": 1.0,
        "until": "2026-11-23T05:00:00Z",
        "reason": "by eye",
    },
    "POST /api/v1/equipment/{id}/service": {"mode": "in_service"},
    "POST /api/v1/phones/{person}/replies": {"text": "1"},
    "PATCH /api/v1/session": {"language": "en"},
    "POST /api/v1/session": {"name": "x", "password": "y"},
}
QUERIES = {"/api/v1/history": {"point": "pit-1.level"}, "/api/v1/texts": {"lang": "en"}}


def routes() -> list[str]:
    """Every documented route as `METHOD path`."""
    found = [
        f"{method} {route.path}"
        for one in app._ROUTES
        for route in one.router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods
    ]
    return sorted(found)


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_asks_for_its_role(role: str | None, client: Callable[..., Client]) -> None:
    wrong = {}
    for route in routes():
        method, path = route.split()
        if path.endswith("/stream") and role is not None:
            continue  # it would not end: test_stream.py
        url = re.sub(r"\{\w+\}", "nothing-of-this-name", path)
        answer = await client(role).request(method, url, json=BODIES.get(route), params=QUERIES.get(path))
        needed = (
            0 if route in OPEN else 3 if route in ENGINEER | TAKES_AWAY else 2 if route in OPERATOR else 1
        )
        if not _as_it_should(route, answer, role, needed):
            wrong[route] = answer.status_code
    assert wrong == {}


def _as_it_should(route: str, answer: Any, role: str | None, needed: int) -> bool:
    if ROLES.index(role) < needed:
        problem = answer.headers["content-type"] == "application/problem+json"
        return problem and answer.status_code == (401 if role is None else 403)
    # The sign-in route itself answers 401 to a wrong password.
    return answer.status_code not in ((403, 500) if route == "POST /api/v1/session" else (401, 403, 500))


def test_the_matrix_knows_every_command() -> None:
    assert {r for r in routes() if r.startswith("POST")} - {
        "POST /api/v1/session",
        "POST /api/v1/presence",
        "POST /api/v1/silence",
    } == VIEWER | OPERATOR | ENGINEER


async def test_a_wrong_token_is_not_a_lesser_visitor(client: Callable[..., Client]) -> None:
    for path in ("/healthz", "/api/v1/alarms"):
        answer = await client(None, Authorization="Bearer nonsense").get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def sign_in(one: Client, name: str = "chen", **headers: str) -> Any:
    return await one.post(
        "/api/v1/session", json={"name": name, "password": f"password-{name}"}, headers=headers
    )


async def test_a_session_works_until_it_is_signed_out(client: Callable[..., Client], world: World) -> None:
    one = client(None)
    opened = await sign_in(one)
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (opened.json()["name"], opened.json()["role"]) == ("chen", "operator")
    assert (await one.get("/api/v1/alarms")).status_code == 200
    kept = cookie.split(";")[0]
    out = await one.delete("/api/v1/session", headers={"Sec-Fetch-Site": "same-origin"})
    assert out.status_code == 204
    again = await client(None, Cookie=kept).get("/api/v1/alarms")
    assert again.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "http://house"}, 201),
    ],
)
async def test_a_session_commands_only_from_our_own_pages(
    headers: dict[str, str], status: int, client: Callable[..., Client]
) -> None:
    one = client(None)
    await sign_in(one)
    answer = await one.post("/api/v1/handovers", json={"text": "quiet night"}, headers=headers)
    assert answer.status_code == status


async def test_another_site_cannot_sign_its_visitor_in(client: Callable[..., Client]) -> None:
    answer = await sign_in(client(None), **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


async def test_guessing_is_slowed_and_never_asks_the_password_again(
    client: Callable[..., Client], world: World
) -> None:
    one = client(None)
    for _ in range(PER_PAIR):
        wrong = await one.post("/api/v1/session", json={"name": "chen", "password": "guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    asked = world.accounts.asked
    slowed = await sign_in(one)
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["retry-after"]) <= WINDOW
    assert world.accounts.asked == asked
    elsewhere = await sign_in(client(None, address="10.0.0.10"))
    assert elsewhere.status_code == 200
    await world.clock.advance(WINDOW + 1)  # type: ignore[attr-defined]
    assert (await sign_in(one)).status_code == 200


def test_one_address_over_many_names_is_slowed() -> None:
    throttle = Throttle()
    for i in range(PER_ADDRESS):
        assert throttle.wait(f"n{i}", "a", 0.0) == 0.0
        throttle.failed(f"n{i}", "a", 0.0)
    assert throttle.wait("fresh", "a", 10.0) == WINDOW - 10.0
    assert throttle.wait("fresh", "b", 10.0) == 0.0
    assert throttle.wait("fresh", "a", WINDOW) == 0.0


def test_failures_are_bounded() -> None:
    throttle = Throttle()
    for i in range(20_000):
        throttle.failed(f"n{i}", f"a{i}", 0.0)
    assert len(throttle._failures) <= 4096


async def test_a_session_that_is_over_is_nobody(client: Callable[..., Client]) -> None:
    one = client(None, Cookie="watchroom_session=gone")
    assert (await one.get("/healthz")).json() == {"ok": True}
    assert (await one.get("/api/v1/alarms")).status_code == 401
    assert (await one.post("/api/v1/handovers", json={"text": "x"})).status_code == 401


async def test_language_is_kept_with_the_account(client: Callable[..., Client], world: World) -> None:
    one = client(None)
    await sign_in(one)
    same = {"Sec-Fetch-Site": "same-origin"}
    assert (await one.patch("/api/v1/session", json={"language": "en"}, headers=same)).status_code == 200
    assert world.accounts.people["chen"].language == "en"
    assert (await sign_in(client(None))).json()["language"] == "en"
