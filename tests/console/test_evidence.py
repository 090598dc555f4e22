"""The evidence pack: what is in it, that it can be read, and that no change of it goes unseen."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from monitor.console.evidence import pack
from monitor.console.times import local, stamp
from monitor.domain.alarm import Acknowledge
from monitor.domain.people import AuditEntry
from monitor.domain.reading import Quality
from monitor.ports import Change
from tests.console.conftest import Client
from tests.console.house import ATTACK
from tests.console.test_replay_api import ALARM, incident, later
from tests.console.world import NOON, World

URL = f"/api/v1/alarms/{ALARM}/evidence"


async def a_pack(world: World, client: Callable[..., Client], **query: Any) -> dict[str, bytes]:
    answer = await client("engineer").get(URL, params=query)
    assert answer.status_code == 200, answer.text
    assert pack.prove(answer.content).faults == ()
    return unpacked(answer.content)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


async def test_it_holds_everything_of_the_incident(world: World, client: Callable[..., Client]) -> None:
    times = await incident(world)
    for seconds in range(-60, 1400, 30):
        world.historian.put("pit-1.level", NOON + seconds, 2.62 if 60 <= seconds < 870 else 1.2)
    world.historian.put("pit-1.level", NOON + 700, None, Quality.COMM_FAILURE)
    files = await a_pack(world, client)

    events = json.loads(files["events.json"])["own"]
    assert [e["cause"] for e in events] == ["raised", "acknowledged", "returned"]
    assert events[0]["at"] == stamp(times["raised"])
    assert [m["recipient"] for m in json.loads(files["messages.json"])["sent"]] == ["chen"]
    work = json.loads(files["work.json"])
    assert ([o["title"] for o in work["orders"]], [e["text"] for e in work["log"]]) == (
        ["pump 2"],
        ["pump 2 hums"],
    )
    actions = [row["action"] for row in json.loads(files["audit.json"])]
    assert actions == ["alarm.acknowledge", "order.open", "log", "order.repaired"]
    rows = list(csv.DictReader(io.StringIO(files["readings.csv"].decode("utf-8-sig"))))
    level = [row for row in rows if row["point"] == "pit-1.level"]
    assert {row["quality"] for row in level} == {"good", "bad"}
    assert [row["value"] for row in level if row["reason"] == "comm_failure"] == [""]
    manifest = json.loads(files["MANIFEST.json"])
    assert (manifest["alarm"], manifest["occurrence"], manifest["made_by"]) == (ALARM, 1, "token:engineer")
    assert manifest["audit_head"]["number"] == 4


class Page(HTMLParser):
    """What a page would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("script", "img", "iframe", "link", "object", "a"):
            self.bad.append(tag)
        self.bad += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en"])
async def test_the_page_is_readable_and_runs_nothing(
    world: World, client: Callable[..., Client], language: str
) -> None:
    times = await incident(world)
    for seconds in range(-60, 1400, 30):
        world.historian.put("pit-1.level", NOON + seconds, 1.2)
    await world.services.log.write("chen", f"seen {ATTACK}", "pit-1")
    html = (await a_pack(world, client, lang=language))["report.html"].decode()
    page = Page(html)
    assert page.bad == []
    assert page.tags.count("svg") == 1
    assert ATTACK not in html
    assert "&lt;script&gt;" in html
    callee = {"en": "Electrician on duty", "zh-Hant": "當值電工", "zh-Hans": "值班电工"}
    assert callee[language] in html
    assert local(times["raised"] + 3600, "Asia/Shanghai") in html, "as long as its card allows"
    assert not re.search(r"\{\{|None|Undefined", html)


async def test_a_label_is_no_formula(world: World, client: Callable[..., Client]) -> None:
    await incident(world)
    world.historian.put("pit-1.level", NOON + 100, "=cmd|' /C calc'!A0")
    world.historian.put("pit-1.level", NOON + 130, -1.5)
    rows = (await a_pack(world, client))["readings.csv"].decode("utf-8-sig")
    cells = [row["value"] for row in csv.DictReader(io.StringIO(rows))]
    assert "'=cmd|' /C calc'!A0" in cells
    assert "-1.5" in cells


async def test_who_took_it_is_in_the_audit(world: World, client: Callable[..., Client]) -> None:
    await incident(world)
    answer = await client("engineer").get(URL)
    fingerprint = pack.prove(answer.content).fingerprint
    assert answer.headers["watchroom-fingerprint"] == fingerprint
    last = world.journal.audit_entries[-1]
    assert (last.actor, last.action, last.subject, last.detail) == (
        "token:engineer",
        "evidence.make",
        f"{ALARM}#1",
        fingerprint,
    )


@pytest.mark.parametrize(
    ("role", "query", "status"),
    [
        ("operator", {}, 403),
        (None, {}, 401),
        ("engineer", {"occurrence": 7}, 404),
        ("engineer", {"occurrence": 0}, 422),
    ],
)
async def test_who_may_not_and_what_is_not(
    world: World, client: Callable[..., Client], role: str | None, query: dict[str, int], status: int
) -> None:
    await incident(world)
    assert (await client(role).get(URL, params=query)).status_code == status


async def test_each_occurrence_is_told_alone(world: World, client: Callable[..., Client]) -> None:
    await incident(world)
    await later(world, 7200)
    await world.measure("pit-1.level", 2.9)
    await world.alarming.command(ALARM, Acknowledge(2, 1, "chen"))
    first, second = [await a_pack(world, client, occurrence=n) for n in (1, 2)]
    occurrences = [
        {e["occurrence"] for e in json.loads(one["events.json"])["own"]} for one in (first, second)
    ]
    assert occurrences == [{1}, {2}]


CHANGES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "report.html: was changed": lambda f: f.update({"report.html": f["report.html"] + b" "}),
    "readings.csv: is missing": lambda f: f.pop("readings.csv"),
    "extra.txt: is not in the manifest": lambda f: f.update({"extra.txt": b"x"}),
}


@pytest.mark.parametrize("fault", CHANGES)
async def test_a_changed_pack_is_found_out(world: World, client: Callable[..., Client], fault: str) -> None:
    await incident(world)
    files = await a_pack(world, client)
    CHANGES[fault](files)
    assert pack.prove(packed(files)).faults == (fault,)


async def test_an_action_rewritten_with_its_manifest_is_found_out(
    world: World, client: Callable[..., Client]
) -> None:
    """Whoever changes a file and its hash in the manifest still breaks the chain of the audit."""
    await incident(world)
    files = await a_pack(world, client)
    del files["MANIFEST.json"]
    rows = json.loads(files["audit.json"])
    rows[0]["actor"] = "somebody else"
    head = {"number": rows[-1]["number"], "hash": rows[-1]["hash"]}
    changed, _ = pack.bind(files | {"audit.json": json.dumps(rows).encode()}, {"audit_head": head}, NOON)
    assert pack.prove(changed).faults == (f"audit.json: row {rows[0]['number']} was changed",)
    del rows[0], rows[1]
    shorter, _ = pack.bind(files | {"audit.json": json.dumps(rows).encode()}, {"audit_head": head}, NOON)
    assert any("does not follow" in fault for fault in pack.prove(shorter).faults)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", packed({"a.txt": b""}), packed({"MANIFEST.json": b"[]"}), packed({"MANIFEST.json": b"{}"})],
)
def test_what_is_no_pack_is_said(content: bytes) -> None:
    with pytest.raises(pack.NoPack):
        pack.prove(content)


async def test_a_store_that_does_not_write_gives_no_pack(world: World, client: Callable[..., Client]) -> None:
    await incident(world)
    await world.writer.write(Change(audit=(AuditEntry(NOON, "chen", "log", "x"),)))
    from monitor.ports import Permanent

    world.journal.failure = Permanent("disk full")
    assert (await client("engineer").get(URL)).status_code == 503
