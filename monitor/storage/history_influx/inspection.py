"""Whether an InfluxDB may be written and read, has the bucket, and keeps long enough: asked, not assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from monitor.ports import Finding, Permanent
from monitor.storage.history_influx.answers import LineFault, MissingDatabase, TooLarge, explanation, judge
from monitor.storage.history_influx.server import Web, Writer

if TYPE_CHECKING:
    import httpx

NOTHING = b"# Watchroom looks whether it may write\n"
"""A comment of line protocol: whoever may not write is refused before it is read."""
DAY = 86_400.0


async def inspect(web: Web, writer: Writer, version: str, retention: float) -> Sequence[Finding]:
    """Findings about the server of `web`; `retention` in seconds is what was asked for. Raises Transient."""
    where = f"InfluxDB {version or 'of unknown version'} at {web.base}"
    findings = [Finding(True, f"{where} answers"), await _writable(writer, web.place.database)]
    if web.place.generation == 2:
        findings += await _bucket(web, retention)
    findings.append(await _readable(web))
    return findings


async def _writable(writer: Writer, database: str) -> Finding:
    try:
        await writer.write(NOTHING)
    except (LineFault, TooLarge):
        pass  # it was let in, and found nothing in what it was given
    except Permanent as error:
        if not _empty(str(error)):
            return Finding(False, f"{database} cannot be written: {error}")
    return Finding(True, f"{database} may be written")


def _empty(reason: str) -> bool:
    """A server that refuses for the only reason that nothing was written."""
    return any(words in reason.lower() for words in ("requires points", "no data", "empty"))


async def _readable(web: Web) -> Finding:
    """InfluxQL over the database: on 2.x a mapping must lead from its name to the bucket."""
    name = web.place.database
    answer = await web.ask_influxql("SHOW MEASUREMENTS LIMIT 1")
    try:
        judge(answer.status_code, answer.text, answer.headers)
        result = answer.json()["results"][0]
        refusal = result.get("error")
    except MissingDatabase as error:
        refusal = str(error)
    except Permanent as error:
        return Finding(False, f"{name} cannot be read: {error}")
    except (ValueError, LookupError, TypeError):
        return Finding(False, f"{name} cannot be read: {web.base} gave an answer that is not InfluxQL's")
    if refusal is None:
        return Finding(True, f"{name} may be read")
    if web.place.generation == 3 and "not found" in refusal:
        return Finding(True, f"{name} is not there yet: InfluxDB 3 makes it with the first value")
    if web.place.generation == 2:
        wants = f"it wants a DBRP mapping: {web.place.remedy}"
        return Finding(False, f"{name} cannot be read by InfluxQL ({refusal}); {wants}")
    return Finding(False, f"{name} cannot be read: {explanation(answer.status_code, refusal)}")


async def _bucket(web: Web, retention: float) -> list[Finding]:
    """The bucket of 2.x, as its own API tells; a token that may not ask is no fault."""
    place = web.place
    answer = await web.ask("GET", "/api/v2/buckets", params={"name": place.database, "org": place.org})
    if answer.status_code == 404 or (answer.status_code == 200 and not _buckets(answer)):
        return [
            Finding(
                False,
                f"there is no bucket {place.database} in the organisation {place.org} that this token may see",
            )
        ]
    if answer.status_code != 200:
        return []
    rules = _buckets(answer)[0].get("retentionRules") or []
    keeps = min((float(rule.get("everySeconds") or 0) for rule in rules), default=0.0)
    if 0 < keeps < retention:
        return [
            Finding(
                False,
                f"bucket {place.database} keeps {keeps / DAY:g} days, the configuration asks for {retention / DAY:g}:"
                f" influx bucket update --id {_buckets(answer)[0].get('id', '...')} --retention {retention / 3600:.0f}h",
            )
        ]
    return [
        Finding(True, f"bucket {place.database} keeps {f'{keeps / DAY:g} days' if keeps else 'for ever'}")
    ]


def _buckets(answer: httpx.Response) -> list[dict[str, Any]]:
    try:
        found = answer.json()["buckets"]
    except (ValueError, LookupError, TypeError):
        return []
    return found if isinstance(found, list) else []
