"""What a server's flags mean for history, and who is taken for whom. Most of it on an answering script: no flag is forgotten."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from monitor.domain.history import Sample
from monitor.ports import Permanent, Transient
from monitor.settings.site import HistorianSettings, Secret
from monitor.storage.history_victoria import VictoriaHistorian
from monitor.storage.history_victoria.server import connect, facts, seconds
from tests.storage.history_influx.test_contract import CATALOGUE
from tests.support.scripted_http import Answer, ScriptedHttp

T0 = 1_790_000_000_000
DAY = 86_400.0
SETTINGS = HistorianSettings("victoriametrics://127.0.0.1:1", 90 * DAY)
GOOD = {"dedup.minScrapeInterval": "1ms", "retentionPeriod": "5y"}
BATCH = [Sample("pit-1.level", T0 + i, float(i), 0) for i in range(4)]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp() as server:
        server.others["/api/v1/status/buildinfo"] = Answer(200, '{"status":"success","data":{}}')
        server.others["/flags"] = flags("1ms", "5y")
        yield server


@pytest.fixture
async def historian(server: ScriptedHttp) -> AsyncIterator[VictoriaHistorian]:
    settings = replace(SETTINGS, url=f"victoriametrics://127.0.0.1:{server.port}")
    historian = VictoriaHistorian(settings, CATALOGUE, now=lambda: T0 / 1000)
    yield historian
    await historian.close()


def flags(interval: str, retention: str, more: str = "") -> Answer:
    text = f'-dedup.minScrapeInterval="{interval}"\n-httpListenAddr=":8428"\n-retentionPeriod="{retention}"\n'
    return Answer(200, text + more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1ms", 0.001), ("0s", 0), ("1h30m", 5400), ("5y", 5 * 365 * DAY), ("2w", 14 * DAY), ("1", 31 * DAY)],
)
def test_durations_are_read_as_the_flags_write_them(text: str, expected: float) -> None:
    assert seconds(text, unit=31 * DAY) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dedup.minScrapeInterval": "0s"}, "without -dedup.minScrapeInterval=1ms.*twice"),
        ({"dedup.minScrapeInterval": "30s"}, "only one reading of each 30s"),
        ({"influxTrimTimestamp": "1s"}, "times would be rounded"),
        ({"influxSkipMeasurement": "true"}, "influxSkipMeasurement"),
        ({"influxSkipSingleField": "true"}, "influxSkipSingleField"),
    ],
)
def test_flags_that_spoil_history_are_named(change: dict[str, str], said: str) -> None:
    assert facts(GOOD, "http://h").refusal is None
    refusal = facts({**GOOD, **change}, "http://h").refusal
    assert refusal is not None
    with pytest.raises(Permanent, match=said):
        raise Permanent(refusal)


def test_a_flag_that_is_not_set_has_its_default() -> None:
    found = facts({}, "http://h")
    assert found.refusal is not None
    assert (found.separator, found.keeps) == ("_", 31 * DAY)


@pytest.mark.parametrize(
    "url", ["victoriametrics://", "victoriametrics://h:8428/db", "influxdb1://h:8086/db"]
)
def test_another_url_is_said(url: str) -> None:
    with pytest.raises(Permanent, match="victoriametrics://host:8428"):
        connect(HistorianSettings(url, DAY))


async def test_without_the_flag_nothing_is_written_until_it_is_there(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    server.others["/flags"] = flags("0s", "5y")
    with pytest.raises(Permanent, match="minScrapeInterval=1ms"):
        await historian.write(BATCH)
    assert server.writes == []
    server.others["/flags"] = flags("1ms", "5y")
    await historian.write(BATCH)
    assert len(server.writes) == 1


async def test_flags_are_asked_for_again_after_an_outage(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    await historian.write(BATCH)
    server.script.append(Answer(drop=True))
    with pytest.raises(Transient):
        await historian.write(BATCH)
    server.others["/flags"] = flags("0s", "5y")
    with pytest.raises(Permanent, match="minScrapeInterval=1ms"):
        await historian.write(BATCH)


async def test_closed_flags_are_looked_for_among_the_metrics(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    server.others["/flags"] = Answer(401, "wrong authKey")
    with pytest.raises(Permanent, match="does not show its flags"):
        await historian.write(BATCH)
    server.others["/metrics"] = Answer(
        200, 'flag{name="dedup.minScrapeInterval", value="1ms", is_set="true"} 1\n'
    )
    await historian.write([Sample("pit-1.level", T0, 1.0, 0)])
    assert len(server.writes) == 1


async def test_an_influxdb_is_not_taken_for_it(historian: VictoriaHistorian, server: ScriptedHttp) -> None:
    """It answers /ping and /query, as VictoriaMetrics does; it has no build info of Prometheus."""
    del server.others["/api/v1/status/buildinfo"]
    server.others["/query"] = Answer(200, '{"results":[{"statement_id":0}]}')
    with pytest.raises(Permanent, match="not VictoriaMetrics"):
        await historian.write(BATCH)
    assert server.writes == []


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_server_in_trouble_is_transient(
    historian: VictoriaHistorian, server: ScriptedHttp, status: int
) -> None:
    server.script.append(Answer(status, "too many concurrent inserts", {"Retry-After": "7"}))
    with pytest.raises(Transient, match=f"VictoriaMetrics answered {status}") as caught:
        await historian.write(BATCH)
    assert getattr(caught.value, "retry_after", None) == 7.0
    await historian.write(BATCH)


async def test_wrong_credentials_are_for_a_human(server: ScriptedHttp) -> None:
    server.others["/api/v1/status/buildinfo"] = Answer(401, "")
    settings = HistorianSettings(f"victoriametrics://127.0.0.1:{server.port}", DAY, token=Secret("t0ken"))
    historian = VictoriaHistorian(settings, CATALOGUE)
    with pytest.raises(Permanent, match="wrong or missing token"):
        await historian.write(BATCH)
    await historian.close()


async def test_what_it_would_drop_without_a_word_is_rejected_with_the_reason(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    server.others["/flags"] = flags("1ms", "30d")
    old = Sample("pit-1.level", T0 - round(31 * DAY * 1000), 1.0, 0)
    ahead = Sample("pit-1.level", T0 + round(3 * DAY * 1000), 1.0, 0)
    huge = Sample("pit-1.starts", T0, 1e300, 0)
    written = await historian.write([*BATCH, old, ahead, huge])

    assert [(s, reason.split(" ", 1)[1][:23]) for s, reason in written.rejected] == [
        (old, "drops what is older tha"),
        (ahead, "drops what is more than"),
        (huge, "cannot keep 1e+300 besi"),
    ]
    assert len(server.writes[0].body.split(b"\n")) == len(BATCH)


async def test_a_shorter_retention_than_configured_is_said_once(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    server.others["/flags"] = flags("1ms", "30d")
    with capture_logs() as logs:
        await historian.write(BATCH)
        server.script.append(Answer(503))
        with pytest.raises(Transient):
            await historian.write(BATCH)
        await historian.write(BATCH)
    said = [one for one in logs if one["event"] == "historian.keeps_less"]
    assert [(one["keeps_days"], one["configured_days"]) for one in said] == [(30.0, 90.0)]


async def test_text_is_not_sent_and_its_quality_is(
    historian: VictoriaHistorian, server: ScriptedHttp
) -> None:
    await historian.write([Sample("lift-1.fault", T0, "E-07", 1)])
    assert (
        server.writes[0].body
        == f"demo\\ lift\\,=,equipment=lift-1,site=riverside fault.quality=1 {T0}".encode()
    )
