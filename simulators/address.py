"""Addresses as texts: `127.0.0.1:5020` and `mqtt://127.0.0.1:1883`."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

ADDRESS = r"(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}"
MQTT_URL = rf"mqtt://{ADDRESS}"


def split(address: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; ValueError when it is not one."""
    if not re.fullmatch(ADDRESS, address):
        raise ValueError(f"'{address}' is not HOST:PORT")
    parts = urlsplit(f"//{address}")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"'{address}' has a port above 65535") from error
    if parts.hostname is None or port is None:
        raise ValueError(f"'{address}' is not HOST:PORT")
    return parts.hostname, port


def split_mqtt(url: str) -> tuple[str, int]:
    """Host and port of mqtt://HOST:PORT; ValueError when it is not one."""
    if not url.startswith("mqtt://"):
        raise ValueError(f"'{url}' is not mqtt://HOST:PORT")
    return split(url.removeprefix("mqtt://").rstrip("/"))


def join(host: str, port: int) -> str:
    """HOST:PORT, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
