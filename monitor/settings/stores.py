"""URLs of journal and historian: which are understood, and what is wrong with the others."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from monitor.settings.fields import reject

JOURNALS = ("sqlite", "postgresql")
_INFLUX = {"influxdb1": ("db",), "influxdb2": ("org", "bucket"), "influxdb3": ("db",), "victoriametrics": ()}
_INSERT = re.compile(r"/insert/\d+(:\d+)?/?")
_HOST = re.compile(r"[^\s/@?#]+")
HISTORIANS = ("sqlite", *_INFLUX, *(f"{scheme}+s" for scheme in _INFLUX))


def journal(url: str) -> str:
    """A journal's URL: `sqlite:FILE`, relative to the state directory, or `postgresql://host/database`."""
    parts = _parts(url, JOURNALS, "journal")
    if parts.scheme == "sqlite":
        return _file(url)
    _server(url, parts, ("database",))
    return url


def historian(url: str) -> str:
    """A historian's URL: `sqlite:FILE`, `influxdb1://host:8086/db`, `influxdb2://host:8086/org/bucket`, ..."""
    parts = _parts(url, HISTORIANS, "historian")
    if parts.scheme == "sqlite":
        return _file(url)
    kind = parts.scheme.removesuffix("+s")
    if kind == "victoriametrics" and parts.path.strip("/"):
        _cluster(url, parts)
    else:
        _server(url, parts, _INFLUX[kind])
    return url


def password_in(url: str) -> bool:
    """True when the URL carries a password."""
    try:
        return urlsplit(url).password is not None
    except ValueError:
        return False


def _parts(url: str, schemes: tuple[str, ...], what: str) -> SplitResult:
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in schemes:
        named = f"unknown {what} `{scheme}:`" if colon else f"`{url}` is not a URL"
        plain = ", ".join(one for one in schemes if not one.endswith("+s"))
        tls = ", those over the network also with +s for TLS" if len(schemes) > len(JOURNALS) else ""
        reject(f"{named}; there is {plain}{tls}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        reject(f"`{scheme}:` URL cannot be read: {error}")
    return parts


def _file(url: str) -> str:
    path = url.removeprefix("sqlite:")
    if not path or path.endswith("/"):
        reject("the file name is missing: write sqlite:FILE, relative to the state directory")
    if path.startswith("//"):
        reject("write sqlite:FILE (relative to the state directory) or sqlite:/absolute/file, without //")
    return url


def _cluster(url: str, parts: SplitResult) -> None:
    """A cluster of VictoriaMetrics: the tenant in the path, and vmselect's address beside vminsert's."""
    form = f"{parts.scheme}://vminsert:8480/insert/TENANT?select=vmselect:8481"
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    wrong = set(query) - {"select"} or ("select" in query and not _HOST.fullmatch(query["select"]))
    if not parts.hostname or not _INSERT.fullmatch(parts.path) or wrong:
        reject(f"expected {parts.scheme}://host:port or, of a cluster, {form}, not `{url}`")


def _server(url: str, parts: SplitResult, wanted: tuple[str, ...]) -> None:
    form = f"{parts.scheme}://host:port" + "".join(f"/{part}" for part in wanted)
    if not parts.hostname:
        reject(f"the host is missing: write {form}")
    given = [part for part in parts.path.split("/") if part]
    if len(given) != len(wanted):
        reject(f"expected {form}, not `{url}`")
