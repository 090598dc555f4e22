"""The server named by a URL: who it is, how it is written to, and InfluxQL, the one language all versions answer."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from monitor.ports import Permanent, Transient
from monitor.storage import web
from monitor.storage.history_influx.answers import MissingDatabase, explanation, judge

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Place:
    """A parsed historian URL. `database` is the database, or the bucket of 2.x."""

    generation: int
    base: str
    database: str
    org: str = ""

    @property
    def names(self) -> dict[str, str]:
        """As `/query` is told of it. InfluxDB 2.x gives every bucket a mapping by itself: its name is the database, or what
        stands before the slash in it the database and what stands behind the retention policy."""
        if self.generation == 2 and "/" in self.database:
            database, _, policy = self.database.partition("/")
            return {"db": database, "rp": policy}
        return {"db": self.database}

    @property
    def remedy(self) -> str:
        """The command by which a bucket of 2.x can be read by InfluxQL."""
        names = self.names
        policy = names.get("rp", "autogen")
        return f"influx v1 dbrp create --db {names['db']} --rp {policy} --default --bucket-id ..."


def parse(url: str) -> Place:
    """`influxdb1://host:port/db`, `influxdb2://host:port/org/bucket`, `influxdb3://host:port/db`, `+s` for TLS.

    Raises Permanent for anything else.
    """
    parts = urlsplit(url)
    scheme, _, secure = parts.scheme.partition("+")
    path = [unquote(part) for part in parts.path.split("/") if part]
    wanted = {"influxdb1": 1, "influxdb2": 2, "influxdb3": 1}.get(scheme)
    if wanted is None or secure not in ("", "s") or not parts.hostname or len(path) != wanted:
        raise Permanent(
            f"historian {scheme}: write influxdb1://host:8086/db or influxdb2://host:8086/org/bucket"
        )
    base = f"http{secure}://{parts.netloc.rpartition('@')[2]}"
    return Place(int(scheme[-1]), base, path[-1], path[0] if wanted == 2 else "")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token (2.x, 3.x), or a username and password (1.x)."""

    token: str | None = None
    username: str | None = None
    password: str | None = None

    def headers(self, generation: int) -> dict[str, str]:
        """The Authorization header, if there is anything to say."""
        if self.token:
            return {"Authorization": f"{'Bearer' if generation == 3 else 'Token'} {self.token}"}
        return {}

    def basic(self) -> tuple[str, str] | None:
        """Name and password of HTTP basic authentication, if there is a username and no token."""
        if self.username and not self.token:
            return self.username, self.password or ""
        return None


class Writer(Protocol):
    """One way of handing over line protocol."""

    async def write(self, lines: bytes) -> None:
        """Raises Transient, Permanent, TooLarge or LineFault."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class Web(web.Web):
    """Plain HTTP to the server, for everything but `/api/v2/write`."""

    def __init__(self, place: Place, credentials: Credentials) -> None:
        super().__init__("InfluxDB", place.base, credentials.headers(place.generation), credentials.basic())
        self.place = place

    async def ask_influxql(self, influxql: str) -> httpx.Response:
        """One statement that only reads, times in ms. By GET: InfluxDB 3 promises to look at the URL only. Raises Transient."""
        return await self.ask("GET", "/query", params={**self.place.names, "epoch": "ms", "q": influxql})

    async def query(self, influxql: str) -> list[dict[str, Any]]:
        """Series of one InfluxQL statement, times in ms. A database that is not there yet has none; a bucket of 2.x that
        cannot be found by its name is no empty one. Raises Transient or Permanent.
        """
        (series,) = await self.query_all([influxql])
        return series

    async def query_all(self, statements: Sequence[str]) -> list[list[dict[str, Any]]]:
        """As `query` of each of a few statements, in one question. (Not of InfluxDB 3, which takes one at a time.)"""
        answer = await self.ask_influxql("; ".join(statements))
        try:
            judge(answer.status_code, answer.text, answer.headers)
            results = answer.json()["results"]
            return [self._series(results[i], answer.status_code) for i in range(len(statements))]
        except MissingDatabase as error:
            return [self._missing(str(error)) for _ in statements]
        except (json.JSONDecodeError, LookupError, TypeError) as error:
            raise Permanent(f"InfluxDB {self.place.base} gave an answer that is not InfluxQL's") from error

    def _series(self, result: dict[str, Any], status: int) -> list[dict[str, Any]]:
        if "error" in result:
            reason = explanation(status, result["error"])
            if "not found" in result["error"]:
                return self._missing(reason)
            raise Permanent(reason)
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def _missing(self, reason: str) -> list[dict[str, Any]]:
        if self.place.generation == 2:
            raise Permanent(
                f"{reason}: bucket {self.place.database} is not there, or wants a DBRP mapping: {self.place.remedy}"
            )
        return []


async def identify(server: Web) -> str:
    """Ask the server who it is; its version, empty if it does not say.

    Raises Transient when it does not answer and Permanent when it is not what the URL says.
    """
    answer = await server.ask("GET", "/ping")
    if answer.status_code >= 500 or answer.status_code in (401, 403):
        judge(answer.status_code, answer.text, answer.headers)
    version: str = answer.headers.get("X-Influxdb-Version", "").removeprefix("v") or _told(answer)
    if not version and "X-Influxdb-Build" not in answer.headers:
        # VictoriaMetrics answers /ping as an InfluxDB would, /query with a dummy, and this as a Prometheus would.
        info = await server.ask("GET", "/api/v1/status/buildinfo")
        if info.status_code == 200 and "success" in info.text:
            raise Permanent(
                f"{server.place.base} is VictoriaMetrics, not InfluxDB: it would store text as 0 and cannot be read"
                " by InfluxQL; name it victoriametrics://"
            )
    if server.place.generation > 1 and _number(version) is not None and (_number(version) or (9,)) < (1, 8):
        raise Permanent(
            f"InfluxDB {version} has no /api/v2/write: name it influxdb1://{server.place.base.partition('//')[2]}"
            f"/{server.place.database}"
        )
    if server.place.generation == 3 and (_number(version) or (3,))[0] == 2:
        raise Permanent(
            f"InfluxDB {version} keeps buckets of organisations: name it influxdb2://{server.place.base.partition('//')[2]}"
            f"/ORGANISATION/{server.place.database}"
        )
    return version


def _told(answer: httpx.Response) -> str:
    """The version that 3.x writes into its answer."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    return str(found.get("version") or "").removeprefix("v") if isinstance(found, dict) else ""


def _number(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")[:2]
    return tuple(map(int, parts)) if len(parts) == 2 and all(p.isdecimal() for p in parts) else None


class WriteV1:
    """`/write` of 1.x. A missing database is made, if the user may."""

    def __init__(self, server: Web) -> None:
        self._web = server

    async def write(self, lines: bytes) -> None:
        """Hand over line protocol in ms."""
        try:
            await self._once(lines)
        except MissingDatabase:
            await self._create()
            await self._once(lines)

    async def _once(self, lines: bytes) -> None:
        answer = await self._web.ask(
            "POST", "/write", params={"db": self._web.place.database, "precision": "ms"}, content=lines
        )
        judge(answer.status_code, answer.text, answer.headers)

    async def _create(self) -> None:
        name = self._web.place.database
        answer = await self._web.ask("POST", "/query", data={"q": f"CREATE DATABASE {identifier(name)}"})
        refused = answer.status_code != 200 or '"error"' in answer.text
        if refused and answer.status_code < 500:
            raise Permanent(
                f"database {name} does not exist and may not be made: {answer.text.strip()[:200]}"
            )
        judge(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        """The web client belongs to the historian."""


class WriteV2:
    """`/api/v2/write` of 1.8, 2.x and 3.x, through influxdb-client's plain asynchronous write (no batching, no retry)."""

    def __init__(self, place: Place, credentials: Credentials) -> None:
        # Imported here: it is large, and a site without such a server never needs it.
        from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync

        token = credentials.token or ""
        if not token and credentials.username:
            token = f"{credentials.username}:{credentials.password or ''}"
        self._place = place
        self._client = InfluxDBClientAsync(
            place.base,
            token=token,
            org=place.org or "-",
            timeout=int(web.TIMEOUT * 1000),
            allow_redirects=False,
            # It would read all certificates of the system, 20 ms, also for an address without TLS.
            ssl_context=None if place.base.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def write(self, lines: bytes) -> None:
        """Hand over line protocol in ms."""
        import aiohttp
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        try:
            written = await self._client.write_api().write(
                bucket=self._place.database,
                record=lines,
                write_precision=WritePrecision.MS,  # type: ignore[arg-type]
            )
        except ApiException as error:
            judge(error.status or 0, _text(error.body), error.headers or {})
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Transient(f"InfluxDB {self._place.base}: {error or type(error).__name__}") from error
        else:
            if not written:
                raise Transient(f"InfluxDB {self._place.base} did not say that it wrote")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]


def identifier(name: str) -> str:
    """A name as InfluxQL writes it."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def literal(text: str) -> str:
    """A string as InfluxQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _text(body: object) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
