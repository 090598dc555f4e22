"""A cluster by its documented paths, on two answering scripts: vminsert and vmselect."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from monitor.ports import Permanent
from monitor.settings.stores import historian as checked_url
from monitor.storage.history_victoria import VictoriaHistorian
from tests.storage.history_influx.test_contract import CATALOGUE
from tests.storage.history_victoria.test_flags import BATCH, SETTINGS, T0
from tests.support.scripted_http import Answer, ScriptedHttp

READ = "/select/7:2/prometheus"


@pytest.fixture
async def vminsert() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp() as server:
        server.others["/flags"] = Answer(
            200, '-httpListenAddr=":8480"\n-influxMeasurementFieldSeparator="."\n'
        )
        yield server


@pytest.fixture
async def vmselect() -> AsyncIterator[ScriptedHttp]:
    async with ScriptedHttp() as server:
        server.others[f"{READ}/api/v1/status/buildinfo"] = Answer(200, '{"status":"success","data":{}}')
        server.others["/flags"] = Answer(200, '-httpListenAddr=":8481"\n-dedup.minScrapeInterval="1ms"\n')
        yield server


@pytest.fixture
async def historian(vminsert: ScriptedHttp, vmselect: ScriptedHttp) -> AsyncIterator[VictoriaHistorian]:
    url = f"victoriametrics://127.0.0.1:{vminsert.port}/insert/7:2?select=127.0.0.1:{vmselect.port}"
    historian = VictoriaHistorian(replace(SETTINGS, url=checked_url(url)), CATALOGUE, now=lambda: T0 / 1000)
    yield historian
    await historian.close()


async def test_written_at_vminsert_and_read_at_vmselect_under_the_tenant(
    historian: VictoriaHistorian, vminsert: ScriptedHttp, vmselect: ScriptedHttp
) -> None:
    await historian.write(BATCH)
    assert [one.path for one in vminsert.writes] == ["/insert/7:2/influx/api/v2/write"]
    vmselect.others[f"{READ}/api/v1/query"] = Answer(200, '{"data":{"result":[]}}')
    vmselect.others[f"{READ}/api/v1/export"] = Answer(
        200, '{"metric":{"__name__":"sump-pit.level"},"values":[1.5],"timestamps":[' + f"{T0}]}}"
    )
    (found,) = await historian.raw("pit-1.level", T0, T0 + 1000)
    assert (found.at_ms, found.value) == (T0, 1.5)
    assert vmselect.writes == []
    query = next(one for one in vmselect.heard if one.path.endswith("/export"))
    assert b"sump-pit.level" in query.body, "vminsert's own separator"


async def test_all_is_in_order(historian: VictoriaHistorian) -> None:
    findings = await historian.inspect()
    assert all(finding.good for finding in findings)
    assert "cluster" in findings[0].text


async def test_a_vmselect_without_deduplication_is_refused(
    historian: VictoriaHistorian, vminsert: ScriptedHttp, vmselect: ScriptedHttp
) -> None:
    vmselect.others["/flags"] = Answer(200, '-httpListenAddr=":8481"\n')
    assert any(
        "dedup.minScrapeInterval" in finding.text for finding in await historian.inspect() if not finding.good
    )
    with pytest.raises(Permanent, match="dedup"):
        await historian.write(BATCH)
    assert all(one.body.startswith(b"#") for one in vminsert.writes)


@pytest.mark.parametrize(
    "url",
    [
        "victoriametrics://h:8480/insert", "victoriametrics://h:8480/insert/x", "victoriametrics://h:8480/select/0",
        "victoriametrics://h:8480/insert/0?read=h", "victoriametrics://h:8480/insert/0?select=",
        "victoriametrics://h:8480/insert/0/influx",
    ],
)  # fmt: skip
def test_another_form_is_said(url: str) -> None:
    with pytest.raises(Exception, match="insert/TENANT"):
        checked_url(url)
    if "?" not in url:
        with pytest.raises(Permanent, match="insert/TENANT"):
            VictoriaHistorian(replace(SETTINGS, url=url), CATALOGUE)
