"""Where a connection goes: the URL of a Modbus link, read once and named by its parts.

tcp://host:502   udp://host:502   tls://host:802   rtu+tcp://host:502
rtu:///dev/ttyUSB0?baud=9600&parity=E&stop=1       ascii:///dev/ttyS0?baud=9600
listen+rtu://127.0.0.1:5502   listen+tcp://127.0.0.1:5502   (devices that dial in)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

DEFAULT_PORT: Final = {"tcp": 502, "udp": 502, "rtu+tcp": 502, "tls": 802}
SERIAL: Final = ("rtu", "ascii")
LISTENING: Final = ("listen+rtu", "listen+tcp")
_SCHEMES: Final = (*DEFAULT_PORT, *SERIAL, *LISTENING)


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a link. `host` is a host name, or the device file of a serial line (`port` is then 0)."""

    scheme: str
    host: str
    port: int = 0
    baud: int = 9600
    parity: str = "E"
    stop: int = 1

    @property
    def serial(self) -> bool:
        """True for a line on this machine, which carries one request at a time."""
        return self.scheme in SERIAL

    @property
    def numbered(self) -> bool:
        """True when answers carry a transaction number, so that a late one is known for what it is."""
        return self.scheme in ("tcp", "udp", "tls", "listen+tcp")

    @property
    def listens(self) -> bool:
        """True where devices dial in, and `host` and `port` are ours."""
        return self.scheme in LISTENING

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")


def parse_address(url: str) -> Address:
    """The parts of a URL. Raises ValueError with what is wrong with it."""
    scheme = url.partition("://")[0]
    if "://" not in url or scheme not in _SCHEMES:
        raise ValueError(f"{url!r} must begin with one of {', '.join(f'{name}://' for name in _SCHEMES)}")
    if scheme in LISTENING:
        return _listener(url, scheme)
    return _line(url, scheme) if scheme in SERIAL else _network(url, scheme)


def _listener(url: str, scheme: str) -> Address:
    """Without a host only this machine may dial in: whoever opens it to others says so."""
    parts = urlsplit(url)
    if not parts.netloc.rpartition(":")[2].isdigit():
        raise ValueError(f"{url!r} must name the port that devices dial, such as {scheme}://0.0.0.0:5502")
    return _network(url if parts.hostname else url.replace("://", "://127.0.0.1", 1), scheme)


def _network(url: str, scheme: str) -> Address:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{url!r} must be {scheme}://HOST:PORT and nothing else")
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{url!r}: the port must be a number from 1 to 65535") from None
    if port == 0:
        raise ValueError(f"{url!r}: the port must be a number from 1 to 65535")
    return Address(scheme, parts.hostname, port or DEFAULT_PORT.get(scheme, 0))


def _line(url: str, scheme: str) -> Address:
    parts = urlsplit(url)
    if parts.netloc or not parts.path.strip("/"):
        raise ValueError(f"{url!r} must be {scheme}:///dev/DEVICE, with three slashes")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(given.keys() - {"baud", "parity", "stop"})
    if unknown:
        raise ValueError(f"{url!r}: unknown {', '.join(unknown)}; a serial line has baud, parity and stop")
    parity = given.get("parity", "E").upper()
    if parity not in ("N", "E", "O"):
        raise ValueError(f"{url!r}: parity must be N, E or O")
    # Modbus over Serial Line V1.02, 2.5.1: eleven bits a character, so two stop bits where there is no parity.
    stop = _whole(url, "stop", given.get("stop", "2" if parity == "N" else "1"))
    if stop not in (1, 2):
        raise ValueError(f"{url!r}: stop must be 1 or 2")
    baud = _whole(url, "baud", given.get("baud", "9600"))
    if not 300 <= baud <= 4_000_000:
        raise ValueError(f"{url!r}: baud must be from 300 to 4000000")
    return Address(scheme, parts.path, baud=baud, parity=parity, stop=stop)


def _whole(url: str, name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{url!r}: {name} must be a whole number")
    return int(text)
