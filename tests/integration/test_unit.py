"""The systemd unit: how much it exposes, whether it is well formed, and whether the daemon works inside its sandbox."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.common import EX_CONFIG
from tests.integration.conftest import eager
from tests.integration.house import ROOT, House, house
from tests.integration.sandbox import allowed, directives

pytestmark = pytest.mark.real

UNIT = ROOT / "systemd" / "watchroom.service"
SERIAL = ROOT / "systemd" / "serial.conf"


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`systemd-analyze`, which works without a running systemd."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: apt-get install systemd"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)


def exposure(unit: Path) -> float:
    shown = analyze("security", "--offline=true", str(unit))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", shown.stdout)
    assert found, shown.stdout + shown.stderr
    return float(found[1])


def test_the_exposure_level_is_2_5_or_better() -> None:
    assert exposure(UNIT) <= 2.5


def test_it_still_is_with_serial_lines(tmp_path: Path) -> None:
    whole = tmp_path / UNIT.name
    whole.write_text(UNIT.read_text() + "\n" + SERIAL.read_text())
    assert exposure(whole) <= 2.5


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """Only the program's place is not there on a machine of ours."""
    unit = tmp_path / UNIT.name
    text, replaced = re.subn(
        r"^ExecStart=/opt/watchroom/bin/watchroom",
        f"ExecStart={sys.executable}",
        UNIT.read_text(),
        flags=re.M,
    )
    assert replaced == 1
    drop_in = tmp_path / f"{UNIT.name}.d"
    drop_in.mkdir()
    shutil.copyfile(SERIAL, drop_in / SERIAL.name)
    unit.write_text(text)
    verified = analyze("verify", str(unit))
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_wrong_configuration_is_not_started_again() -> None:
    assert directives(UNIT)["RestartPreventExitStatus"] == [str(EX_CONFIG)]
    assert directives(UNIT)["StartLimitIntervalSec"] == ["0"]


def test_the_filter_asks_for_the_time_and_cannot_mount_or_trace() -> None:
    calls = allowed(directives(UNIT))
    assert {"adjtimex", "clock_adjtime", "epoll_wait", "fsync"} <= calls
    assert not {"mount", "ptrace", "reboot", "init_module", "clock_settime", "settimeofday"} & calls


def confined(script: str) -> subprocess.CompletedProcess[str]:
    """A script inside the sandbox."""
    command = [sys.executable, "-m", "tests.integration.sandbox", str(UNIT), sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_sandbox_of_these_tests_really_confines() -> None:
    """Else the next test would prove nothing."""
    refused = confined(
        "import mmap, socket, os\n"
        "for name, attempt in (\n"
        "    ('memory', lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),\n"
        "    ('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)),\n"
        "    ('nice', lambda: os.nice(1)),\n"
        "    ('mount', lambda: os.chroot('/')),\n"
        "):\n"
        "    try:\n"
        "        attempt()\n"
        "        print(name, 'allowed')\n"
        "    except OSError as error:\n"
        "        print(name, 'refused')\n"
    )
    assert refused.stdout.split() == [
        *("memory", "refused"),
        *("netlink", "refused"),
        *("nice", "refused"),
        *("mount", "refused"),
    ], refused.stderr


def test_the_whole_daemon_works_inside_the_sandbox(tmp_path: Path) -> None:
    """uvloop, argon2 (cffi), SQLite, MQTT, Modbus, the console and the clock's probe, under the unit's own filter."""

    def prepare(built: House) -> None:
        eager(built)
        built.around = [sys.executable, "-m", "tests.integration.sandbox", str(UNIT)]
        added = built.cli(
            "user",
            "add",
            "guard",
            "--role",
            "operator",
            "--config",
            str(built.config),
            stdin="a-long-password\n",
        )
        assert added.returncode == 0, added.stderr

    with house(tmp_path, prepare=prepare) as home:
        home.drill("inject leak leak-b2-05")
        home.until(lambda: home.alarm("leak-b2-05.leak"), "MQTT is heard")
        home.until(lambda: home.get("/api/v1/points/pit-1.level")["quality"] == "good", "Modbus is polled")
        signed_in = home.request(
            "POST", "/api/v1/session", json={"name": "guard", "password": "a-long-password"}
        )
        assert signed_in.status_code < 300, f"argon2 works: {signed_in.text}"
        assert '"level": "error"' not in home.log(), home.log()[-3000:]
        assert home.stop_daemon() == 0
