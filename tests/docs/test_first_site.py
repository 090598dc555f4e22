"""docs/first-site.md is true: every command of it runs, on an installed wheel, and prints what the page shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.terminal import Terminal, missing
from tests.servers.ports import free_port

PAGE = ROOT / "docs" / "first-site.md"
PORTS = ("5020", "1883", "8080")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed in a directory of its own beside the packages it needs."""
    home = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [wheel] = home.glob("*.whl")
    target = home / "packages"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run(
        [*pip, "--no-deps", "--no-index", "--target", str(target), str(wheel)], check=True, timeout=60
    )
    return target


@pytest.fixture
def terminal(installed: Path, tmp_path: Path) -> Iterator[Terminal]:
    environment = {
        "PYTHONPATH": str(installed),
        "PATH": f"{installed}/bin:/usr/local/bin:/usr/bin:/bin",
        "COLUMNS": "100",
    }
    opened = Terminal(tmp_path, environment)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.real
def test_every_command_of_the_page_runs_and_prints_what_is_shown(terminal: Terminal) -> None:
    printed: list[str] = []
    first = True
    for block in blocks(PAGE):
        if block.language == "sh":
            text = block.text
            if first:
                for port in PORTS:
                    assert f":{port} " in text, "the ports stand in the first block"
                    text = text.replace(f":{port} ", f":{free_port()} ")
                first = False
            printed = terminal.type(text)
        elif block.language == "text":
            absent = missing(block.text.splitlines(), printed)
            assert absent is None, f"{PAGE.name}:{block.line}: not printed: {absent}\n" + "\n".join(printed)


README_STEPS = (
    ("make setup && . .venv/bin/activate\n", ""),
    (
        "127.0.0.1:1883 &",
        "$BROKER --modbus $MODBUS > plant.log 2>&1 &\nuntil grep -q ready plant.log; do sleep 0.2; done",
    ),
    ("watchroom user add", "echo a-long-password-for-a-test | watchroom user add"),
    ("watchroom run --config my-site", "watchroom run --config my-site > daemon.log 2>&1 &"),
)
"""What the test does otherwise than a person who follows the README: set-up was made, ports are free ones, nobody types."""


@pytest.mark.real
def test_the_readmes_ten_minutes_are_true(terminal: Terminal, tmp_path: Path) -> None:
    modbus, broker, console = (f"127.0.0.1:{free_port()}" for _ in PORTS)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    site = tmp_path / "config" / "site.yaml"
    text = (
        site.read_text(encoding="utf-8").replace("127.0.0.1:5020", modbus).replace("127.0.0.1:1883", broker)
    )
    site.write_text(text, encoding="utf-8")
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Your first site in ten minutes\n")[1]
    steps = section.split("```sh\n")[1].split("```")[0]
    for written, typed in README_STEPS:
        assert written in steps, written
        steps = steps.replace(written, typed)
    terminal.type(
        f"MODBUS={modbus} BROKER={broker}; export WATCHROOM_LISTEN={console} WATCHROOM_STATE=$PWD/state"
    )
    printed = "\n".join(terminal.type(steps))
    assert "Equipment: 14 pieces" in printed
    assert re.search(r"v_l1 +23\d\.\d+ +V +good", printed)
    assert "alice may sign in as admin" in printed
    healthy = f"for i in $(seq 100); do curl -sf http://{console}/healthz && break; sleep 0.2; done"
    assert '{"ok":true}' in "".join(terminal.type(healthy))
    terminal.type("kill %2 && wait %2; kill %1 && wait %1")


def test_what_was_not_printed_is_found() -> None:
    assert missing(["a … c", "d"], ["x", "a  b c", "d"]) is None
    assert missing(["a … c"], ["a b d"]) == "a … c"
    assert missing(["b", "a"], ["a", "b"]) == "a"
