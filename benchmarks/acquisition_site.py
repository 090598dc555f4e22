"""The site of the acquisition benchmark: as many devices as wanted, written as the YAML that a user would write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

METER_RULES = (("high", "r0", 6500.0), ("low", "r1", 1.0), ("high", "r50", 6500.0))


def write_site(
    directory: Path, ports: Sequence[int], units: int, device: str, timeout: str, historian: str, listen: str
) -> None:
    """One connection for each port, `units` devices behind it, each asked once a second."""
    directory.mkdir(parents=True, exist_ok=True)
    links = "".join(
        f'  g{i}: {{driver: modbus, url: "tcp://127.0.0.1:{port}", timeout: {timeout}}}\n'
        for i, port in enumerate(ports)
    )
    site = (
        "site: {id: bench, name: Benchmark, timezone: UTC, language: en, grade: 1}\n"
        'journal: {url: "sqlite:journal.db"}\n'
        f'historian: {{url: "{historian}"}}\n'
        f'console: {{listen: "{listen}"}}\nconnections:\n{links}'
        "channels: {phone: {notifier: log}}\n"
    )
    (directory / "site.yaml").write_text(site)
    rows = "".join(
        f"  - {{id: d{i}-{unit}, type: {device}, name: d{i}-{unit}, system: power, location: A, connection: g{i}, "
        f"device_id: {unit}, interval: 1s}}\n"
        for i in range(len(ports))
        for unit in range(1, units + 1)
    )
    (directory / "equipment.yaml").write_text(f"equipment:\n{rows}")
    (directory / "people.yaml").write_text(
        "people: [{id: p, name: P, phone: '+100', language: en, roles: [duty]}]\n"
        "roster: [{role: duty, always: [p]}]\n"
        "escalation: [{match: {priority: [critical, high, medium, low]}, steps: [{after: 0s, role: duty, channel: phone}]}]\n"
    )
    types = directory / "types"
    types.mkdir(exist_ok=True)
    (types / f"{device}.yaml").write_text(_meter() if device == "meter" else _panel())


def _meter() -> str:
    points = "".join(
        f'  r{n}: {{read: "holding:{n}", as: uint16, scale: 0.1, unit: V, range: [0, 7000]}}\n'
        for n in range(100)
    )
    alarms = "".join(
        f"  a{n}:\n    rule: {rule}\n    point: {point}\n    limit: {limit}\n    deadband: 1\n    on_delay: 5s\n{_TAIL}"
        for n, (rule, point, limit) in enumerate(METER_RULES)
    )
    return f"type: meter\ntitle: {{en: Meter}}\ndriver: modbus\nsource: benchmark\npoints:\n{points}alarms:\n{alarms}"


def _panel() -> str:
    """160 breakers, tripped by a bit that the plant holds for good or turns at each request; an hour's delay keeps them quiet."""
    points = "".join(f'  b{n}: {{read: "discrete:{n}", as: bool}}\n' for n in range(160))
    alarms = "".join(
        f"  t{n}:\n    rule: state\n    point: b{n}\n    is: true\n    on_delay: 1h\n{_TAIL}"
        for n in range(160)
    )
    return f"type: panel\ntitle: {{en: Panel}}\ndriver: modbus\nsource: benchmark\npoints:\n{points}alarms:\n{alarms}"


_TAIL = "    off_delay: 5s\n    priority: low\n    card: {cause: {en: c}, consequence: {en: c}, action: {en: a}}\n"
