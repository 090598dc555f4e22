"""What an InfluxDB, or what writes like one, means by an answer: written, try again, too large, wrong lines, call a human."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from monitor.ports import Permanent, Transient

_LINE_FAULT = re.compile(
    r"partial write|unable to parse|field type conflict|points beyond retention|invalid (field|tag|number|boolean|timestamp)"
    r"|dropped=|line protocol|could not parse|parsing failed|outside retention",
    re.IGNORECASE,
)
# The database is full of series by its own limit: that is its owner's to mend, and the data must wait.
_LIMIT = re.compile(r"max-(series|values)-per|would exceed (number|limit) of", re.IGNORECASE)
# InfluxDB 3 answers 500 to a request beyond its --max-http-request-size.
_SIZE = re.compile(r"max request size .* exceeded", re.IGNORECASE)
_TOO_OLD = re.compile(r"beyond retention policy dropped=(\d+)")


class Busy(Transient):
    """The server asks for patience: `retry_after` in seconds, None when it did not say how long."""

    def __init__(self, reason: str, retry_after: float | None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TooLarge(Exception):
    """The request is too large: half of it may do."""


class LineFault(Exception):
    """One or more lines are refused for ever; the others are written or not, which a repeat settles."""

    def all_too_old(self, lines: int) -> bool:
        """True when each of `lines` lines is older than the server keeps: nothing is gained by trying them one by one.

        Of any other fault a line may carry both guilty and innocent samples.
        """
        found = _TOO_OLD.search(str(self))
        return found is not None and int(found[1]) == lines


class MissingDatabase(Permanent):
    """The database or bucket does not exist."""


def judge(status: int, body: str, headers: Mapping[str, str], kind: str = "InfluxDB") -> None:
    """Return when the data is written. Raises Transient, Permanent, TooLarge or LineFault."""
    if 200 <= status < 300:
        return
    reason = explanation(status, body, kind)
    if status == 413 or (status >= 500 and _SIZE.search(body)):
        raise TooLarge(reason)
    if status in (400, 422) and _LINE_FAULT.search(body) and not _LIMIT.search(body):
        raise LineFault(reason)
    if status in (408, 429) or status >= 500:
        raise Busy(reason, _retry_after(headers))
    if status == 401:
        raise Permanent(f"{reason}: wrong or missing token, or wrong username or password")
    if status == 403:
        raise Permanent(f"{reason}: the token or user may not write here, or the database is read-only")
    if status == 404:
        raise MissingDatabase(reason)
    raise Permanent(reason)


def explanation(status: int, body: str, kind: str = "InfluxDB") -> str:
    """The server's own words, at most 300 characters of them."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    text = body
    if isinstance(answer, dict):
        text = str(answer.get("error") or answer.get("message") or body)
        details = answer.get("data")
        first = details[0] if isinstance(details, list) and details else details
        if isinstance(first, dict):
            text += f": {first.get('error_message', '')}"
    return f"{kind} answered {status}: {' '.join(text.split())[:300]}".rstrip(": ")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header. A date (RFC 9110, section 10.2.3) is relative to the server's own Date."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if value.isdecimal():
        return float(value)
    date = next((v for k, v in headers.items() if k.lower() == "date"), "")
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError):
        return None
