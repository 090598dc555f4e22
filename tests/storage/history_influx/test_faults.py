"""Every way in which a server can refuse, on both ways of writing: nothing is lost, nothing is retried in vain."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from monitor.domain.history import Sample
from monitor.ports import Permanent, Transient
from monitor.storage.history_influx import InfluxHistorian, PointAddress
from monitor.storage.history_influx.batches import SLICE
from monitor.storage.history_influx.lines import Lines
from tests.servers.ports import free_port
from tests.support.scripted_http import Answer, ScriptedHttp

CATALOGUE = {f"e.p{i}": PointAddress("meter", "e", "power", f"p{i}", "site") for i in range(4)}
BATCH = [Sample(f"e.p{i % 4}", 1_790_000_000_000 + i // 4, float(i), 0) for i in range(64)]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp() as server:
        yield server


@pytest.fixture(
    params=["influxdb1://127.0.0.1:{}/db", "influxdb2://127.0.0.1:{}/org/db", "influxdb3://127.0.0.1:{}/db"]
)
async def historian(request: pytest.FixtureRequest, server: ScriptedHttp) -> AsyncIterator[InfluxHistorian]:
    historian = InfluxHistorian(request.param.format(server.port), CATALOGUE, token="t0ken")
    yield historian
    await historian.close()


def lines(server: ScriptedHttp) -> list[bytes]:
    return server.writes[-1].body.split(b"\n")


async def test_a_batch_is_one_request_in_milliseconds_with_the_token(
    historian: InfluxHistorian, server: ScriptedHttp
) -> None:
    written = await historian.write(BATCH)

    assert written.rejected == ()
    (write,) = server.writes
    assert write.query["precision"] == ["ms"]
    assert write.query.get("db", write.query.get("bucket")) == ["db"]
    assert write.headers["authorization"].endswith(" t0ken")
    assert lines(server)[0] == (
        b"meter,equipment=e,site=site,system=power p0=0.0,p0.quality=0,p1=1.0,p1.quality=0,"
        b"p2=2.0,p2.quality=0,p3=3.0,p3.quality=0 1790000000000"
    )
    assert len(lines(server)) == 16


@pytest.mark.parametrize("status", [500, 502, 503, 408])
async def test_a_server_in_trouble_is_transient(
    historian: InfluxHistorian, server: ScriptedHttp, status: int
) -> None:
    server.script.append(Answer(status, '{"error":"timeout"}'))
    with pytest.raises(Transient, match=str(status)):
        await historian.write(BATCH)
    await historian.write(BATCH)


async def test_too_many_requests_says_for_how_long(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    server.script.append(Answer(429, "slow down", {"Retry-After": "42"}))
    with pytest.raises(Transient) as caught:
        await historian.write(BATCH)
    assert caught.value.retry_after == 42.0  # type: ignore[attr-defined]


async def test_retry_after_may_be_a_date(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    headers = {"Date": "Mon, 23 Nov 2026 07:00:00 GMT", "Retry-After": "Mon, 23 Nov 2026 07:00:30 GMT"}
    server.script.append(Answer(503, "", headers))
    with pytest.raises(Transient) as caught:
        await historian.write(BATCH)
    assert caught.value.retry_after == 30.0  # type: ignore[attr-defined]


async def test_too_large_is_halved_until_it_fits(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    server.largest = 600
    written = await historian.write(BATCH)

    assert written.rejected == ()
    stored = b"\n".join(w.body for w in server.writes if len(w.body) <= 600)
    assert all(f"p{i % 4}={float(i)},".encode() in stored for i in range(64))


async def test_version_3_says_too_large_with_a_500(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    server.script.append(Answer(500, "max request size (10485760 bytes) exceeded"))
    written = await historian.write(BATCH)
    assert written.rejected == ()
    assert [len(w.body.split(b"\n")) for w in server.writes] == [16, 8, 8]


async def test_one_sample_that_is_too_large_is_rejected_alone(
    historian: InfluxHistorian, server: ScriptedHttp
) -> None:
    server.largest = 600
    huge = Sample("e.p0", 1, "x" * 1000, 0)
    written = await historian.write([*BATCH[:8], huge])
    assert [s for s, _ in written.rejected] == [huge]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, '{"error":"partial write: field type conflict: input field \\"p2\\" is type float dropped=1"}'),
        (400, '{"code":"invalid","message":"unable to parse \'x\': invalid number"}'),
        (422, '{"code":"unprocessable entity","message":"failure writing points: field type conflict"}'),
        (
            400,
            '{"error":"partial write of line protocol occurred","data":[{"error_message":"invalid column type"}]}',
        ),
        (
            400,
            '{"error":"parsing failed for write_lp endpoint","data":{"line_number":3,"error_message":"No fields"}}',
        ),
    ],
)
async def test_only_the_guilty_samples_are_rejected_with_the_servers_reason(
    historian: InfluxHistorian, server: ScriptedHttp, status: int, body: str
) -> None:
    server.refuse[b"p2=6.0"] = Answer(status, body)
    server.refuse[b"p1=33.0"] = Answer(status, body)
    written = await historian.write(BATCH)

    assert [s.value for s, _ in written.rejected] == [6.0, 33.0]
    assert all(str(status) in reason and len(reason) > 20 for _, reason in written.rejected)
    good = b"\n".join(w.body for w in server.writes if b"p2=6.0" not in w.body and b"p1=33.0" not in w.body)
    assert all(f"p{i % 4}={float(i)},".encode() in good for i in range(64) if i not in (6, 33))


async def test_all_beyond_the_retention_are_rejected_in_one_request(
    historian: InfluxHistorian, server: ScriptedHttp
) -> None:
    server.script.append(Answer(400, '{"error":"partial write: points beyond retention policy dropped=16"}'))
    written = await historian.write(BATCH)
    assert len(written.rejected) == 64
    assert len(server.writes) == 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, '{"code":"unauthorized","message":"unauthorized access"}', "token"),
        (403, '{"error":"read-only"}', "may not write"),
        (400, '{"error":"database is required"}', "database is required"),
        (
            400,
            '{"error":"partial write: max-series-per-database limit exceeded: (10) dropped=1"}',
            "max-series",
        ),
        (
            422,
            '{"error":"partial write of line protocol occurred","data":[{"line_number":1,"error_message":'
            '"Update to schema would exceed number of columns per table limit of 500 columns"}]}',
            "would exceed number of columns",
        ),
        (302, "", "302"),
    ],
)
async def test_what_only_a_human_can_mend_keeps_the_data(
    historian: InfluxHistorian, server: ScriptedHttp, status: int, body: str, words: str
) -> None:
    server.script.append(Answer(status, body, {"Location": "/login"} if status == 302 else {}))
    with pytest.raises(Permanent, match=words):
        await historian.write(BATCH)
    assert len(server.writes) == 1


async def test_a_missing_database_is_made_or_named(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    server.script.append(Answer(404, '{"error":"database not found: \\"db\\""}'))
    if historian._place.generation == 1:
        server.others["/query"] = Answer(200, '{"results":[{"statement_id":0}]}')
        await historian.write(BATCH)
        assert len(server.writes) == 2
    else:
        with pytest.raises(Permanent, match="not found"):
            await historian.write(BATCH)


async def test_a_database_that_may_not_be_made_is_said(server: ScriptedHttp) -> None:
    historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/db", CATALOGUE)
    server.script.append(Answer(404, '{"error":"database not found"}'))
    server.others["/query"] = Answer(403, '{"error":"requires admin privilege"}')
    with pytest.raises(Permanent, match=r"may not be made.*admin privilege"):
        await historian.write(BATCH)
    await historian.close()


async def test_accepted_then_dropped_is_transient(historian: InfluxHistorian, server: ScriptedHttp) -> None:
    await historian.write(BATCH[:1])
    server.script.append(Answer(drop=True))
    with pytest.raises(Transient):
        await historian.write(BATCH)
    await historian.write(BATCH)


async def test_nobody_there_is_transient() -> None:
    for form in ("influxdb1://127.0.0.1:{}/db", "influxdb2://127.0.0.1:{}/o/b"):
        historian = InfluxHistorian(form.format(free_port()), CATALOGUE)
        with pytest.raises(Transient):
            await historian.write(BATCH)
        await historian.close()


async def test_a_victoriametrics_is_not_taken_for_an_influxdb(server: ScriptedHttp) -> None:
    server.ping = Answer(204)
    server.others["/api/v1/status/buildinfo"] = Answer(
        200, '{"status":"success","data":{"version":"2.24.0"}}'
    )
    historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/db", CATALOGUE)
    with pytest.raises(Permanent, match="VictoriaMetrics"):
        await historian.write(BATCH)
    assert server.writes == []
    await historian.close()


async def test_an_old_server_is_told_from_a_new_url(server: ScriptedHttp) -> None:
    server.ping = Answer(204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "1.6.7~rc0"})
    historian = InfluxHistorian(f"influxdb2://127.0.0.1:{server.port}/org/db", CATALOGUE)
    with pytest.raises(Permanent, match="influxdb1://"):
        await historian.write(BATCH)
    await historian.close()


@pytest.mark.parametrize("url", ["influxdb2://h:1/b", "influxdb1://h:1", "influxdb4://h:1/b", "http://h:1/b"])
def test_a_url_of_another_shape_is_refused(url: str) -> None:
    with pytest.raises(Permanent, match="historian"):
        InfluxHistorian(url, CATALOGUE)


async def test_reading_an_answer_that_is_not_influxqls_is_said(server: ScriptedHttp) -> None:
    historian = InfluxHistorian(f"influxdb1://127.0.0.1:{server.port}/db", CATALOGUE)
    server.others["/query"] = Answer(200, "<html>")
    with pytest.raises(Permanent, match="not InfluxQL"):
        await historian.raw("e.p0", 0, 10)
    server.others["/query"] = Answer(401, '{"error":"authorization failed"}')
    with pytest.raises(Permanent, match="authorization failed"):
        await historian.raw("e.p0", 0, 10)
    await historian.close()


async def test_a_large_batch_is_one_request_and_others_have_their_turns_while_it_is_written(
    historian: InfluxHistorian, server: ScriptedHttp
) -> None:
    many = [Sample(f"e.p{i % 4}", 1_790_000_000_000 + i, float(i), 0) for i in range(3 * SLICE + 1)]
    turns = 0

    async def neighbour() -> None:
        nonlocal turns
        while True:
            turns += not server.writes
            await asyncio.sleep(0)

    await historian.write(BATCH[:1])
    server.writes.clear()
    beside = asyncio.create_task(neighbour())
    await historian.write(many)
    beside.cancel()

    assert turns >= 3
    assert lines(server) == Lines(CATALOGUE).write(many)[0].split(b"\n")
    assert len(server.writes) == 1
