"""Who answers at a victoriametrics:// URL, and whether its flags keep history as it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from monitor.ports import Permanent
from monitor.settings.site import HistorianSettings
from monitor.storage.history_influx.answers import judge
from monitor.storage.web import Web

if TYPE_CHECKING:
    import httpx

KIND = "VictoriaMetrics"
DEDUP = "dedup.minScrapeInterval"
_SEPARATOR = "influxMeasurementFieldSeparator"
_LINE_OF_FLAGS = re.compile(r'^-(\S+?)="?(.*?)"?$', re.MULTILINE)
_FLAG_METRIC = re.compile(r'^flag\{name="([^"]+)", value="([^"]*)"', re.MULTILINE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_SECONDS = {
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 7 * 86_400.0,
    "y": 365 * 86_400.0,
}
_MONTH = 31 * 86_400.0
_TENANT = re.compile(r"\d+(:\d+)?")
_FORMS = (
    "write victoriametrics://host:8428, or of a cluster victoriametrics://vminsert:8480/insert/TENANT?select=vmselect:8481,"
    " with +s for TLS"
)


@dataclass(frozen=True, slots=True)
class Doors:
    """Where is written and where is read: one server, or vminsert and vmselect of a cluster with its tenant."""

    insert: Web
    select: Web
    insert_prefix: str = ""
    select_prefix: str = ""

    @property
    def cluster(self) -> bool:
        """True for a cluster."""
        return bool(self.insert_prefix)

    async def write(self, lines: bytes) -> httpx.Response:
        """Line protocol in ms. Raises Transient."""
        path = f"{self.insert_prefix}/api/v2/write"
        return await self.insert.ask("POST", path, params={"precision": "ms"}, content=lines)

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One question of Prometheus' own API. Raises Transient."""
        return await self.select.ask(method, self.select_prefix + path, **arguments)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.insert.close()
        if self.select is not self.insert:
            await self.select.close()


def connect(settings: HistorianSettings) -> Doors:
    """`victoriametrics://host:8428`, or `victoriametrics://vminsert:8480/insert/TENANT?select=vmselect:8481`; `+s` for TLS.

    Nothing is asked yet. Raises Permanent for other URLs.
    """
    parts = urlsplit(settings.url)
    scheme, _, secure = parts.scheme.partition("+")
    if scheme != "victoriametrics" or secure not in ("", "s") or not parts.hostname:
        raise Permanent(f"historian {scheme}: {_FORMS}")
    headers = {"Authorization": f"Bearer {settings.token.value}"} if settings.token else None
    auth = None
    if settings.username and not settings.token:
        auth = settings.username, settings.password.value if settings.password else ""

    def web(host: str) -> Web:
        return Web(KIND, f"http{secure}://{host}", headers, auth)

    path = [part for part in parts.path.split("/") if part]
    host = parts.netloc.rpartition("@")[2]
    if not path:
        one = web(host)
        return Doors(one, one)
    tenant = _TENANT.fullmatch(path[-1])
    if len(path) != 2 or path[0] != "insert" or tenant is None:
        raise Permanent(f"historian {scheme}: {_FORMS}")
    select = parse_qs(parts.query).get("select", [host])[0]
    insert = web(host)
    return Doors(
        insert,
        insert if select == host else web(select),
        f"/insert/{path[1]}/influx",
        f"/select/{path[1]}/prometheus",
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server's flags mean for history.

    `separator` stands between measurement and field in a metric's name; `keeps` is how long (s) values are kept;
    `refusal` says why nothing may be written, None when it may.
    """

    separator: str
    keeps: float
    refusal: str | None


async def identify(doors: Doors) -> Facts:
    """Ask the server who it is and how it was started.

    Raises Transient when it does not answer, Permanent when it is not VictoriaMetrics or does not show its flags:
    its `/ping` and `/query` answer as an InfluxDB's would, so they prove nothing.
    """
    web = doors.select
    answer = await doors.ask("GET", "/api/v1/status/buildinfo")
    if answer.status_code != 200 and answer.status_code != 404:
        judge(answer.status_code, answer.text, answer.headers, KIND)
    if answer.status_code == 404 or '"success"' not in answer.text:
        raise Permanent(
            f"{web.base} is not VictoriaMetrics; an InfluxDB is named influxdb1://, influxdb2:// or influxdb3://"
        )
    flags = await _flags(web, DEDUP)
    if not doors.cluster:
        return facts(flags, web.base)
    # Of a cluster vmselect takes the doubles out, vminsert makes the names, and vmstorage keeps: that one is not asked.
    names = await _flags(doors.insert, _SEPARATOR) if doors.insert is not web else flags
    influx = {name: value for name, value in names.items() if name.startswith("influx")}
    return replace(facts({**flags, **influx}, web.base), keeps=math.inf)


async def _flags(web: Web, wanted: str) -> Mapping[str, str]:
    """Its flags, of its own page or, where that is closed, of its metrics, `wanted` among them."""
    answer = await web.ask("GET", "/flags")
    if answer.status_code == 200 and "-httpListenAddr" in answer.text:
        return dict(_LINE_OF_FLAGS.findall(answer.text))
    metrics = await web.ask("GET", "/metrics")
    found = dict(_FLAG_METRIC.findall(metrics.text)) if metrics.status_code == 200 else {}
    if wanted in found:
        return found
    for one in (answer, metrics):
        if one.status_code >= 500 or one.status_code == 429:
            judge(one.status_code, one.text, one.headers, KIND)
    raise Permanent(
        f"{web.base} does not show its flags (/flags: {answer.status_code}, /metrics: {metrics.status_code}), so nobody"
        f" can see whether -{DEDUP}=1ms is set; open one of the two pages to Watchroom"
    )


def facts(flags: Mapping[str, str], base: str) -> Facts:
    """Judge the flags. Those that are not set may be missing."""
    separator = flags.get(_SEPARATOR, "_")
    keeps = seconds(flags.get("retentionPeriod", "1"), unit=_MONTH)
    return Facts(separator, keeps, _refusal(flags, base))


def _refusal(flags: Mapping[str, str], base: str) -> str | None:
    interval = flags.get(DEDUP, "0s")
    if seconds(interval) == 0:
        return (
            f"{KIND} {base} runs without -{DEDUP}=1ms: a batch sent again after a lost answer would be counted"
            " twice. Start it with that flag; until then readings wait in the spool"
        )
    if seconds(interval) > 0.001:
        return (
            f"{KIND} {base} runs with -{DEDUP}={interval}, which keeps only one reading of each {interval}."
            f" Start it with -{DEDUP}=1ms; until then readings wait in the spool"
        )
    if seconds(flags.get("influxTrimTimestamp", "1ms")) > 0.001:
        return f"{KIND} {base} runs with -influxTrimTimestamp={flags['influxTrimTimestamp']}: times would be rounded"
    for name in ("influxSkipMeasurement", "influxSkipSingleField"):
        if flags.get(name, "false") == "true":
            return f"{KIND} {base} runs with -{name}: readings could not be found again by their names"
    return None


def seconds(text: str, unit: float = 1.0) -> float:
    """A duration as its flags write it (`1ms`, `5y`, `1h30m`); a bare number counts in `unit` seconds."""
    try:
        return float(text) * unit
    except ValueError:
        return sum(float(number) * _SECONDS[name] for number, name in _DURATION.findall(text))
