"""Exports ordered, watched, fetched in pieces and thrown away over the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.console.conftest import Client
from tests.console.world import NOON, World

HOUR = {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T04:00:00Z"}


async def done(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/v1/exports", json={**HOUR, **order})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    while found["state"] in ("running", "waiting"):
        await asyncio.sleep(0.001)
        found = (await client.get(f"/api/v1/exports/{found['id']}")).json()
    return found


async def test_an_export_is_made_watched_and_fetched_in_two_pieces(
    world: World, client: Callable[..., Client]
) -> None:
    for i in range(100):
        world.historian.put("pit-1.level", NOON - 100 + i, float(i))
    viewer = client("viewer")
    found = await done(viewer, {"points": ["pit-1.level"], "bom": False})
    assert (found["state"], found["share"], found["rows"]) == ("done", 1.0, 100)
    assert found["name"] == "pit-1.level_2026-11-23_2026-11-23.csv"
    whole = await viewer.get(found["file"])
    assert len(whole.content) == found["bytes"]
    assert whole.text.splitlines()[1].startswith("2026-11-23 11:58:20.000+08:00,pit-1.level,0.0,good")
    rest = await viewer.get(found["file"], headers={"Range": "bytes=1000-"})
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    assert [one["id"] for one in (await viewer.get("/api/v1/exports")).json()["items"]] == [found["id"]]

    assert (await viewer.delete(f"/api/v1/exports/{found['id']}")).status_code == 204
    assert (await viewer.get(found["file"])).json()["code"] == "unknown_export"


async def test_it_belongs_to_whoever_ordered_it(client: Callable[..., Client]) -> None:
    found = await done(client("viewer"), {"points": ["pit-1.level"]})
    other = client("operator")
    assert (await other.get(f"/api/v1/exports/{found['id']}")).status_code == 404
    assert (await other.get(found["file"])).status_code == 404
    assert (await other.delete(f"/api/v1/exports/{found['id']}")).status_code == 404


@pytest.mark.parametrize("format", ["xlsx", "parquet", "csv"])
async def test_aligned_columns_with_last_week(client: Callable[..., Client], format: str) -> None:
    order = {"points": ["pit-1.level"], "format": format, "buckets": 60, "compare": ["7d"]}
    found = await done(client("viewer"), order)
    assert (found["state"], found["rows"]) == ("done", 60)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"points": ["nobody.knows"]}, 404),
        ({"points": []}, 422),
        ({"from": HOUR["to"]}, 422),
        ({"format": "doc"}, 422),
        ({"compare": ["7d"]}, 422),
        ({"compare": ["soon"], "buckets": 5}, 422),
        ({"colour": "red"}, 422),
    ],
)
async def test_a_wrong_order_is_refused(
    client: Callable[..., Client], change: dict[str, Any], status: int
) -> None:
    order = {"points": ["pit-1.level"], **HOUR, **change}
    assert (await client("viewer").post("/api/v1/exports", json=order)).status_code == status
