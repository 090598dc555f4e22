"""Usage, activity, tables and quarantine over the API."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from monitor.console.app import create_app
from monitor.domain.history import Sample
from monitor.domain.point import Kind
from monitor.domain.reading import Quality
from monitor.domain.scan import Plan
from tests.console.conftest import Client
from tests.console.world import NOON, World

DAY = 86_400
FROM, TO = "2026-11-21T00:00:00+08:00", "2026-11-23T12:00:00+08:00"
MIDNIGHT = NOON - 12 * 3600


@pytest.fixture
def counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The level of the pit as a counter: only its kind matters here."""
    source = world.site.equipment["pit-1"].source
    points = tuple(
        replace(p, kind=Kind.COUNTER, unit="kWh") if p.key == "level" else p for p in source.plan.points
    )
    plan = Plan(source.plan.equipment, points)
    monkeypatch.setitem(
        world.site.equipment,  # type: ignore[arg-type]
        "pit-1",
        replace(world.site.equipment["pit-1"], source=replace(source, plan=plan)),
    )
    for hour in range(-48, 12):
        world.historian.put("pit-1.level", MIDNIGHT + hour * 3600, 100.0 + 2 * hour)


@pytest.mark.usefixtures("counted")
async def test_kwh_a_day_of_the_sites_own_days(client: Callable[..., Client]) -> None:
    query = {"point": "pit-1.level", "from": FROM, "to": TO}
    body = (await client("viewer").get("/api/v1/history/usage", params=query)).json()
    assert body["unit"] == "kWh"
    assert [(item["start"], item["amount"], item["exact"]) for item in body["items"]] == [
        ("2026-11-20T16:00:00.000Z", 46.0, True),
        ("2026-11-21T16:00:00.000Z", 48.0, True),
        ("2026-11-22T16:00:00.000Z", 24.0, True),
    ]
    early = {"point": "pit-1.level", "from": "2026-10-01T00:00:00Z", "to": "2026-10-03T00:00:00Z"}
    body = (await client("viewer").get("/api/v1/history/usage", params=early)).json()
    assert {item["amount"] for item in body["items"]} == {None}, "nothing known is not nothing used"


async def test_hours_and_starts(world: World, client: Callable[..., Client]) -> None:
    for minute in range(60):
        world.historian.put("pit-1.pump_1_running", NOON - 3600 + minute * 60, 20 <= minute < 35)
    query = {"point": "pit-1.pump_1_running", "from": "2026-11-23T03:00:00Z", "to": "2026-11-23T04:00:00Z"}
    body = (await client("viewer").get("/api/v1/history/activity", params=query)).json()
    (item,) = body["items"]
    assert (item["hours"], item["known_hours"], item["starts"], item["duty"]) == (0.25, 1.0, 1, 0.25)


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("usage", {"point": "pit-1.level"}, "not a counter"),
        ("activity", {"point": "pit-1.level"}, "not a discrete"),
        ("usage", {"point": "pit-9.level"}, "no point"),
        (
            "activity",
            {"point": "pit-1.pump_1_running", "step": "hour", "from": "2020-01-01T00:00:00Z"},
            "800 periods",
        ),
        ("table", {"point": "pit-1.level", "compare": "a week"}, "such as 7d"),
        ("table", {"point": "pit-1.level", "compare": ["1d"] * 20}, "20 columns"),
        ("table", {"point": "pit-1.level", "from": TO, "to": FROM}, "before"),
    ],
)
async def test_what_cannot_be_asked_is_said(
    client: Callable[..., Client], path: str, query: dict[str, Any], said: str
) -> None:
    answer = await client("viewer").get(f"/api/v1/history/{path}", params=query)
    assert answer.status_code in (404, 422)
    assert said in answer.json()["detail"]


async def test_points_side_by_side_and_against_last_week(world: World, client: Callable[..., Client]) -> None:
    for minute in range(60):
        world.historian.put("pit-1.level", NOON - 3600 + minute * 60, 2.0)
        world.historian.put("pit-1.level", NOON - 3600 - 7 * DAY + minute * 60, 1.0)
    query = {
        "point": ["pit-1.level", "pit-1.pump_1_running"], "compare": "7d", "buckets": 2,
        "from": "2026-11-23T03:00:00Z", "to": "2026-11-23T04:00:00Z",
    }  # fmt: skip
    body = (await client("viewer").get("/api/v1/history/table", params=query)).json()
    assert [(c["point"], c["shift"]) for c in body["columns"]] == [
        ("pit-1.level", 0.0), ("pit-1.level", 604_800.0), ("pit-1.pump_1_running", 0.0), ("pit-1.pump_1_running", 604_800.0),
    ]  # fmt: skip
    assert [row["values"] for row in body["items"]] == [[2.0, 1.0, None, None]] * 2
    table = await client("viewer").get("/api/v1/history/table", params={**query, "format": "csv"})
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0][2:4] == ["pit-1.level (m)", "pit-1.level 7 d before (m)"]
    assert rows[1] == ["2026-11-23 11:00:00.000", "2026-11-23T03:00:00.000Z", "2.0", "1.0", "", ""]


async def test_what_the_historian_will_never_take_is_shown(world: World) -> None:
    rejected = [
        (Sample("pit-1.level", round(NOON * 1000), float("nan"), Quality.GOOD.code), "not a finite number")
    ]
    app = create_app(replace(world.services, quarantine=lambda limit: rejected[:limit]))
    headers = {"Authorization": "Bearer token-viewer"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("10.0.0.9", 1)), base_url="http://house", headers=headers
    ) as client:
        body = (await client.get("/api/v1/history/quarantine")).json()
    (item,) = body["items"]
    assert (item["point"], item["at"], item["value"]) == ("pit-1.level", "2026-11-23T04:00:00.000Z", "nan")
    assert (item["quality_code"], item["reason"]) == (0, "not a finite number")


HOUR = {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T04:00:00Z"}


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
async def test_a_file_is_made_and_goes(
    world: World,
    client: Callable[..., Client],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.historian.put("pit-1.level", NOON - 60, 1.5)
    query = {"point": "pit-1.level", **HOUR, "format": format}
    answer = await client("viewer").get("/api/v1/history", params=query)
    assert answer.headers["content-disposition"] == f'attachment; filename="pit-1.level_2026-11-23.{format}"'
    assert read(answer.content, format)[0]["value"] == 1.5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
async def test_aligned_points_and_last_week_as_a_file(
    world: World, client: Callable[..., Client], format: str
) -> None:
    for ago, value in ((1800, 3.0), (7 * DAY + 1800, 5.0)):
        world.historian.put("pit-1.level", NOON - ago, value)
    query = {
        "point": "pit-1.level",
        **HOUR,
        "buckets": 60,
        "value": "last",
        "compare": "7d",
        "format": format,
    }
    answer = await client("viewer").get("/api/v1/history/table", params=query)
    rows = read(answer.content, format)
    assert len(rows) == 60
    assert [key for key in rows[0] if "level" in key] == ["pit-1.level (m)", "pit-1.level 7 d before (m)"]
    assert [rows[30][key] for key in rows[30] if "level" in key] == [3.0, 5.0]
    assert [rows[0][key] for key in rows[0] if "level" in key] == [None, None]


async def test_without_the_extra_the_answer_says_what_to_install(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.storage.export_parquet.available", lambda: False)
    query = {"point": "pit-1.level", **HOUR, "format": "parquet"}
    answer = await client("viewer").get("/api/v1/history", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "format_missing")
    assert "pip install 'watchroom[parquet]'" in answer.json()["detail"]


def read(content: bytes, format: str) -> list[dict[str, Any]]:
    if format == "parquet":
        rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
        return rows
    titles, *lines = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, titles), line, strict=True)) for line in lines]
