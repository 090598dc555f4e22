"""What a server says of itself, by its documented API, on an answering script: each trouble is named with its remedy."""

import json
from collections.abc import AsyncIterator

import pytest

from monitor.ports import Finding, Permanent
from monitor.storage.history_influx import InfluxHistorian
from tests.storage.history_influx.test_faults import BATCH, CATALOGUE
from tests.support.scripted_http import Answer, ScriptedHttp

DAY = 86_400.0
READABLE = Answer(200, '{"results":[{"statement_id":0}]}')


def bucket(seconds: int) -> Answer:
    rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
    return Answer(200, json.dumps({"buckets": [{"id": "0a1b", "name": "b", "retentionRules": rules}]}))


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp() as server:
        server.ping = Answer(204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "v2.7.6"})
        server.others["/query"] = READABLE
        server.others["/api/v2/buckets"] = bucket(0)
        yield server


async def look(server: ScriptedHttp, form: str = "influxdb2://127.0.0.1:{}/o/b") -> list[Finding]:
    historian = InfluxHistorian(form.format(server.port), CATALOGUE, token="t0ken", retention=90 * DAY)
    try:
        return list(await historian.inspect())
    finally:
        await historian.close()


def problems(findings: list[Finding]) -> str:
    return "; ".join(finding.text for finding in findings if not finding.good)


async def test_a_server_in_order(server: ScriptedHttp) -> None:
    findings = await look(server)
    assert problems(findings) == ""
    said = "; ".join(finding.text for finding in findings)
    assert "InfluxDB 2.7.6" in said
    assert "may be written" in said
    assert "keeps for ever" in said
    assert "may be read" in said
    assert server.writes[0].body.startswith(b"#"), "nothing is stored by looking"
    asked = next(one for one in server.heard if one.path == "/api/v2/buckets")
    assert (asked.query["name"], asked.query["org"]) == (["b"], ["o"])
    assert asked.headers["authorization"] == "Token t0ken"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, '{"code":"unauthorized","message":"unauthorized access"}', "wrong or missing token"),
        (
            403,
            '{"code":"forbidden","message":"insufficient permissions"}',
            "may not write here, or the database is read-only",
        ),
        (404, '{"code":"not found","message":"bucket \\"b\\" not found"}', 'bucket "b" not found'),
    ],
)
async def test_who_may_not_write_is_told_why(
    server: ScriptedHttp, status: int, body: str, words: str
) -> None:
    server.script.append(Answer(status, body))
    assert words in problems(await look(server))


async def test_an_empty_write_that_is_refused_for_being_empty_was_let_in(server: ScriptedHttp) -> None:
    server.script.append(Answer(400, '{"code":"invalid","message":"writing requires points"}'))
    assert problems(await look(server)) == ""


async def test_a_missing_bucket_is_named(server: ScriptedHttp) -> None:
    server.others["/api/v2/buckets"] = Answer(200, '{"buckets":[]}')
    assert "no bucket b in the organisation o" in problems(await look(server))


async def test_a_bucket_that_keeps_less_is_named_with_the_remedy(server: ScriptedHttp) -> None:
    server.others["/api/v2/buckets"] = bucket(30 * 86_400)
    said = problems(await look(server))
    assert "keeps 30 days, the configuration asks for 90" in said
    assert "influx bucket update --id 0a1b --retention 2160h" in said


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, '{"results":[{"statement_id":0,"error":"database not found: b"}]}'),
        Answer(404, '{"code":"not found","message":"no dbrp mapping found"}'),
    ],
)
async def test_a_missing_mapping_for_reading_is_named_with_the_remedy(
    server: ScriptedHttp, answer: Answer
) -> None:
    server.others["/query"] = answer
    said = problems(await look(server))
    assert "DBRP mapping" in said
    assert "influx v1 dbrp create --db b" in said


async def test_a_token_that_may_not_list_buckets_is_no_fault(server: ScriptedHttp) -> None:
    server.others["/api/v2/buckets"] = Answer(403, '{"code":"forbidden"}')
    assert problems(await look(server)) == ""


async def test_version_3_says_its_version_in_the_answer(server: ScriptedHttp) -> None:
    server.ping = Answer(200, '{"version":"3.2.1","revision":"abc"}')
    findings = await look(server, "influxdb3://127.0.0.1:{}/db")
    assert problems(findings) == ""
    assert "InfluxDB 3.2.1" in findings[0].text
    assert all(one.path != "/api/v2/buckets" for one in server.heard)


async def test_version_3_is_asked_in_pieces_of_less_than_72_hours(server: ScriptedHttp) -> None:
    server.ping = Answer(200, '{"version":"3.2.1"}')
    historian = InfluxHistorian(f"influxdb3://127.0.0.1:{server.port}/db", CATALOGUE, token="t")
    await historian.write(BATCH)
    await historian.buckets("e.p0", 0, 30 * 86_400_000, 10)
    await historian.close()
    asked = [one for one in server.heard if one.path == "/query"]
    assert len(asked) >= 10
    assert all(one.method == "GET" and "time >= " in one.query["q"][0] for one in asked)


MAPPED = Answer(404, '{"error":"query error: database not found: db"}')


async def test_version_3_makes_its_database_with_the_first_value(server: ScriptedHttp) -> None:
    server.ping = Answer(200, headers={"X-Influxdb-Build": "Core", "X-Influxdb-Version": "3.4.0"})
    server.others["/query"] = MAPPED
    findings = await look(server, "influxdb3://127.0.0.1:{}/db")
    assert problems(findings) == ""
    assert "makes it with the first value" in findings[-1].text
    historian = InfluxHistorian(f"influxdb3://127.0.0.1:{server.port}/db", CATALOGUE, token="t")
    assert await historian.raw("e.p0", 0, 10) == []
    await historian.close()


async def test_version_3_wants_its_token_already_for_the_ping(server: ScriptedHttp) -> None:
    server.ping = Answer(401, '{"error":"the request was not authenticated"}')
    with pytest.raises(Permanent, match="wrong or missing token"):
        await look(server, "influxdb3://127.0.0.1:{}/db")


async def test_version_3_is_asked_for_points_of_all_time(server: ScriptedHttp) -> None:
    server.ping = Answer(200, '{"version":"3.2.1"}')
    historian = InfluxHistorian(f"influxdb3://127.0.0.1:{server.port}/db", CATALOGUE, token="t")
    await historian.points()
    await historian.close()
    asked = [one.query["q"][0] for one in server.heard if one.path == "/query"]
    assert asked[0].endswith("AND time >= 0ms")


async def test_a_2_named_as_a_3_is_told_how_to_be_named(server: ScriptedHttp) -> None:
    with pytest.raises(Permanent, match=r"influxdb2://127\.0\.0\.1:\d+/ORGANISATION/db"):
        await look(server, "influxdb3://127.0.0.1:{}/db")


async def test_a_bucket_of_2_with_a_slash_is_asked_by_its_virtual_mapping(server: ScriptedHttp) -> None:
    assert problems(await look(server, "influxdb2://127.0.0.1:{}/o/house%2Freadings")) == ""
    asked = next(one for one in server.heard if one.path == "/query")
    assert (asked.query["db"], asked.query["rp"]) == (["house"], ["readings"])
    assert server.writes[0].query["bucket"] == ["house/readings"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, '{"results":[{"statement_id":0,"error":"database not found: b"}]}'),
        Answer(404, '{"code":"not found","message":"unable to find DBRP"}'),
    ],
)
async def test_a_bucket_of_2_without_a_mapping_is_not_shown_as_empty(
    server: ScriptedHttp, answer: Answer
) -> None:
    server.others["/query"] = answer
    historian = InfluxHistorian(f"influxdb2://127.0.0.1:{server.port}/o/b", CATALOGUE, token="t")
    with pytest.raises(Permanent, match=r"influx v1 dbrp create --db b --rp autogen"):
        await historian.raw("e.p0", 0, 10)
    await historian.close()


async def test_a_database_that_is_read_only(server: ScriptedHttp) -> None:
    server.ping = Answer(204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "1.8.10"})
    server.script.append(
        Answer(403, '{"error":"\\"watcher\\" user is not authorized to write to database \\"db\\""}')
    )
    assert "not authorized to write" in problems(await look(server, "influxdb1://127.0.0.1:{}/db"))


async def test_nobody_there(server: ScriptedHttp) -> None:
    server.ping = Answer(204)
    server.others["/api/v1/status/buildinfo"] = Answer(200, '{"status":"success"}')
    with pytest.raises(Permanent, match="VictoriaMetrics"):
        await look(server, "influxdb1://127.0.0.1:{}/db")
