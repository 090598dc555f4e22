"""One wrong line in an integrator's files: named with file, line and column, and what to write instead.

With the real drivers, as `watchroom check` loads them. Each case changes one place of a site that is right.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import catalogue
from monitor.settings import load
from monitor.settings.problems import ConfigurationError
from monitor.settings.site import Site

FILES = {
    "site.yaml": """\
site: {id: s, name: S, timezone: Asia/Shanghai}
journal:   {url: "sqlite:journal.db"}
historian: {url: "sqlite:history.db"}
connections:
  bus:    {driver: modbus, url: "tcp://127.0.0.1:502", timeout: 1s}
  modems: {driver: modbus, url: "listen+rtu://:5502", timeout: 3s}
  hub:    {driver: mqtt, url: "mqtt://127.0.0.1:1883", client_id: w}
""",
    "equipment.yaml": """\
equipment:
  - {id: m1, type: mine, name: M1, connection: bus, device_id: 11}
  - {id: d1, type: mine, name: D1, connection: modems, dial_in: DTU-1, device_id: 1}
  - {id: q1, type: room, name: Q1, connection: hub, topic: rooms/1}
""",
    "types/mine.yaml": """\
type: mine
title: Mine
driver: modbus
source: me
order: CDAB
points:
  t:   {read: "holding:0", as: float32, unit: °C, range: [-20, 80]}
  run: {read: "coil:0", as: bool}
alarms:
  hot: {rule: high, point: t, limit: 50, priority: high, card: {action: a}}
""",
    "types/room.yaml": """\
type: room
title: Room
driver: mqtt
source: me
topics:
  "{topic}":
    time: {path: ts, as: epoch_ms}
    points:
      t: {path: temp, as: number, unit: °C}
""",
}

SITE, EQUIPMENT, MINE, ROOM = FILES
CASES = [
    # connections
    (SITE, "timeout: 1s}", "timeout: 1}", ":5:65: '1' is not a duration: write a number and ms, s, m, h or d"),
    (SITE, '"tcp://127', '"tpc://127', ":5:33: 'tpc://127.0.0.1:502' must begin with one of tcp://"),
    (SITE, "0.1:502", "0.1:50x", ":5:33: 'tcp://127.0.0.1:50x': the port must be a number from 1 to 65535"),
    (SITE, "timeout: 1s}", "timeout: 1s, timeout: 2s}", ":5:69: `timeout` stands twice"),
    (SITE, "timeout: 1s}", "timeout: 1s, in_flight: 0}", ":5:80: 0 is too small: at least 1"),
    (SITE, "tcp://127.0.0.1:502", "tls://h:802\", ca_file: \"ca.pem", ":5:57: the whole path is wanted, such as /"),
    (SITE, "client_id: w", "client_id: w, ca_file: /ca.pem", ":7:70: unknown key `ca_file`; there is `ca`, `cert`"),
    (SITE, "client_id: w", "client_id: w, password: x", ":7:80: a secret never stands in the configuration: write"),
    (SITE, "driver: mqtt", "driver: mqqt", ":7:20: unknown driver `mqqt`; did you mean `mqtt`?"),
    # dial-in
    (EQUIPMENT, "dial_in: DTU-1, ", "", ":3:5: dial_in: is missing: listen+rtu://127.0.0.1:5502 is dialled by devices"),
    (EQUIPMENT, "dial_in: DTU-1", "dial_in: 12345", ':3:65: 12345 is read as a number, and zeros'),
    (EQUIPMENT, "dial_in: DTU-1", 'dial_in: "hex:4"', ":3:65: 'hex:4': behind hex: stand pairs of hexadecimal digits"),
    (EQUIPMENT, "bus, device_id", "bus, dial_in: X, device_id", ":2:62: dial_in: tcp://127.0.0.1:502 is dialled by us"),
    (SITE, "timeout: 3s}", "timeout: 3s, heartbeat: 254}", ':6:79: 254 is read as a number, and zeros'),
    (SITE, "timeout: 1s}", "timeout: 1s, registration: X}", ":5:83: only devices that dial in"),
    (SITE, "tcp://127.0.0.1:502", 'listen+rtu://:5502", registration: "X', ":6:33: the port 5502 of 127.0.0.1 is already"),
    # equipment
    (EQUIPMENT, "device_id: 11", "device_id: 11, topic: a", ":2:68: unknown key `topic`; there is `connection`, `device_id`"),
    (EQUIPMENT, "device_id: 11", "device_id: 11, interval: 5", ":2:78: 5 has no unit: write a duration such as 500ms, 5s"),
    (EQUIPMENT, "type: room", "type: mine", ":4:48: type mine is spoken to by modbus, but connection `hub` is mqtt"),
    (EQUIPMENT, ", topic: rooms/1", "", ":4:10: type room listens to `{topic}`: give this equipment its `topic`"),
    (EQUIPMENT, "connection: bus", "connection: *bus", ":2:48: `*bus`: aliases are not used here; write the value out"),
    # a type for Modbus
    (MINE, '"holding:0"', "40001", ":7:15: '40001' must be TABLE:ADDRESS: coil, discrete"),
    (MINE, "as: float32", "as: float", ":7:32: 'float' is not one of bool int16"),
    (MINE, "order: CDAB", "order: CADB", ":5:8: 'CADB' is not one of ABCD CDAB BADC DCBA"),
    (MINE, "as: float32", "as: uint16, scale_from: sf", ":7:52: scale_from: there is no point 'sf'"),
    (MINE, "unit: °C", "unit: %", ":7:47: not YAML: a text cannot begin with `%`; put it in quotes"),
    (MINE, "limit: 50", "limit: 500", ":10:38: limit 500 is outside of what `t` can be"),
    (MINE, "point: t,", "point: run,", ":10:28: `high` needs a number, and `run` is discrete; use `rule: state`"),
    (MINE, "rule: high", "rule: hihg", ":10:15: unknown kind of rule `hihg`; did you mean `high`?"),
    (MINE, "rule: high", "rule: bit", ":10:15: unknown kind of rule `bit`; there is `availability`, `combined`, `comm`,"),
    (MINE, "as: bool}", "as: bool, step: 0}", ":8:41: 0 is too small: at least 1"),
    # a type for MQTT
    (ROOM, "path: temp", 'path: "temp."', ":9:17: a path is names and list indices joined by dots"),
    (ROOM, "as: number", "as: number, values: {a: b}", ":9:43: these do not go with `as: number`: leave as out"),
    (ROOM, "as: epoch_ms", "as: millis", ":7:26: `millis` is not known here; there is iso, epoch_s"),
    (ROOM, '"{topic}"', '"{topic}/#/x"', ":6:3: a level is a name, + or +name; # is not taken"),
    (ROOM, "as: number", "as: bool, values: {ON: yes}", ":9:46: `yes` can be read as a truth value: write true"),
]  # fmt: skip


def loaded(directory: Path, changed: str = "", old: str = "", new: str = "") -> Site:
    (directory / "types").mkdir()
    for name, content in FILES.items():
        assert name != changed or old in content, "the case changes something"
        text = content.replace(old, new, 1) if name == changed else content
        (directory / name).write_text(text, encoding="utf-8")
    return load(
        directory, catalogue.driver_settings(), catalogue.notifier_settings(), types=catalogue.shipped_types()
    )


def test_the_site_is_right(tmp_path: Path) -> None:
    assert len(loaded(tmp_path).equipment) == 3


@pytest.mark.parametrize(
    ("file", "old", "new", "says"), CASES, ids=[new or f"no {old}" for _, old, new, _ in CASES]
)
def test_one_wrong_line(file: str, old: str, new: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, file, old, new)
    assert file + says in str(caught.value)


def test_a_certificate_that_is_not_there_yet_is_a_word_and_no_mistake(tmp_path: Path) -> None:
    site = loaded(tmp_path, SITE, "tcp://127.0.0.1:502", 'tls://h:802", ca_file: "/nowhere/ca.pem')
    assert "site.yaml:5:57: connection bus: there is no file /nowhere/ca.pem on this machine" in site.notices
