"""docs/install.md, command by command: a wheel is built, installed beside an older one, used, upgraded and rolled back.

What needs root, a service manager or the network is left out by name; everything else that the page says is really run.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.integration.house import ROOT, House

pytestmark = pytest.mark.real

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
NOT_HERE = {
    "adduser": "makes a user of this machine",
    "systemctl": "there is no service manager here",
    "journalctl": "there is no service manager here",
    "make": "the set-up stands already: these tests run in it",
}
OWNERS = re.compile(r"-o watchroom|-g watchroom")


def commands(heading: str) -> list[str]:
    """The command lines of one chapter."""
    chapter = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [
        line
        for block in re.findall(r"```sh\n(.*?)```", chapter, re.DOTALL)
        for line in block.splitlines()
        if line and not line.startswith("#")
    ]


class Machine:
    """A root directory of our own: `/opt`, `/etc` and `/var/lib` of the page are in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("opt", "etc/systemd/system", "var/lib", "src"):
            (root / name).mkdir(parents=True)
        self.src = root / "src"
        (self.src / "systemd").symlink_to(ROOT / "systemd")
        (self.src / "requirements.lock").symlink_to(ROOT / "requirements.lock")
        self.ran: list[str] = []

    def run(self, line: str, stdin: str = "") -> str:
        """One line of the page, with its paths inside our root; empty when it cannot be run here."""
        if line.split()[0] in NOT_HERE:
            return ""
        if "--require-hashes -r requirements.lock" in line:
            return self._dependencies(line)
        line = OWNERS.sub("", line.removeprefix("sudo -u watchroom "))
        line = re.sub(r"(?<![\w.])/(opt|etc|var/lib)/", rf"{self.root}/\1/", line)
        line = re.sub(r"^python3 ", f"{sys.executable} ", line)
        done = subprocess.run(
            shlex.split(line), cwd=self.src, input=stdin, capture_output=True, text=True, timeout=110
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.ran.append(line)
        return done.stdout

    def _dependencies(self, line: str) -> str:
        """They come from the network: here the versions that these tests run with stand in for them."""
        home = Path(re.sub(r"^/opt", str(self.root / "opt"), line.split()[0])).parents[1]
        [packages] = home.glob("lib/python3*/site-packages")
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the page's own command and without any index."""
    [line] = [line for line in commands("Build") if line.startswith(".venv/bin/python")]
    target = tmp_path_factory.mktemp("dist")
    line = line.replace(".venv/bin/python", sys.executable).replace(
        "--wheel-dir dist", f"--wheel-dir {target}"
    )
    built = subprocess.run(
        shlex.split(f"{line} --no-index --quiet --disable-pip-version-check"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert built.returncode == 0, built.stderr
    [made] = target.glob("watchroom-*.whl")
    return made


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Machine:
    """A machine with nothing on it but what was brought there."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    dist = made.src / "dist"
    dist.mkdir()
    # The same program under the next version's name is enough to try the way.
    for version in ("0.1.0", "0.2.0"):
        called(wheel, dist, version)
    return made


def called(wheel: Path, directory: Path, version: str) -> None:
    """The same wheel under another version."""
    old = wheel.name.split("-")[1]
    with (
        zipfile.ZipFile(wheel) as source,
        zipfile.ZipFile(directory / f"watchroom-{version}-py3-none-any.whl", "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if ".dist-info/" in name:
                content = content.replace(
                    f"watchroom-{old}.dist-info".encode(), f"watchroom-{version}.dist-info".encode()
                ).replace(f"\nVersion: {old}\n".encode(), f"\nVersion: {version}\n".encode())
            target.writestr(name.replace(f"watchroom-{old}.", f"watchroom-{version}."), content)


def wanted(machine: Machine) -> House:
    """The site's own files, as an integrator would put them there."""
    site = House(machine.root / "home")
    site.home.mkdir(exist_ok=True)
    site.config = machine.root / "etc" / "watchroom"
    site.state = machine.root / "var" / "lib" / "watchroom"
    site.start_plant()
    site.configure()
    return site


@pytest.mark.timeout(400)  # two installations, each into a new virtual environment
def test_the_whole_page(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    install = commands("Install")
    check = next(i for i, line in enumerate(install) if " check " in line)
    for line in install[:check]:
        machine.run(line)
    site = wanted(machine)
    try:
        for line in install[check:]:
            said = machine.run(line, stdin="a-long-password\n")
            if " check " in line:
                assert "Equipment: 14" in said, "the packaged types are found"
        assert (machine.root / "etc/systemd/system/watchroom.service").is_file()
        program = machine.root / "opt/watchroom/bin/watchroom"
        imported = machine.run(f"{program.with_name('python')} -c 'import monitor; print(monitor.__file__)'")
        assert str(ROOT) not in imported, "the installed program runs, not the source tree"

        start(site, program)
        for line in commands("Change the configuration"):
            machine.run(line)
        for line in commands("Upgrade"):
            machine.run(line)
        assert program.resolve().is_relative_to(machine.root / "opt/watchroom-0.2.0")
        assert list(machine.root.glob("opt/watchroom/lib/python3*/site-packages/watchroom-0.2.0.dist-info"))
        assert site.stop_daemon() == 0
        start(site, program)
        assert site.stop_daemon() == 0
        for line in commands("Roll back"):
            machine.run(line)
        assert program.resolve().is_relative_to(machine.root / "opt/watchroom-0.1.0")
        assert (site.state / "journal.db.before-restore").is_file()
        start(site, program)
        assert site.stop_daemon() == 0
    finally:
        site.close()
    assert len(machine.ran) > 14, "most of the page was really run"


def start(site: House, program: Path) -> None:
    """As the unit does it, from somewhere else than the source tree."""
    log = (site.home / "daemon.log").open("ab")
    site._daemon = subprocess.Popen(
        [program, "run", "--config", site.config, "--state", site.state], cwd="/", stderr=log
    )
    log.close()
    site.until(site.healthy, "the installed daemon is healthy")


def test_what_is_left_out_is_known_by_name() -> None:
    lines = [line for heading in re.findall(r"^## (.*)$", PAGE, re.MULTILINE) for line in commands(heading)]
    programs = {line.removeprefix("sudo -u watchroom ").split()[0] for line in lines}
    tried = {"install", "python3", "ln", ".venv/bin/python"}
    assert {one for one in programs if not one.startswith("/opt/")} <= tried | set(NOT_HERE)


def test_the_unit_and_the_page_agree() -> None:
    unit = (ROOT / "systemd" / "watchroom.service").read_text()
    assert "ExecStart=/opt/watchroom/bin/watchroom run --config /etc/watchroom" in unit
    assert "StateDirectory=watchroom" in unit
    assert "User=watchroom" in unit


def test_the_container_starts_the_same_program_in_the_same_places() -> None:
    """It is not built here; what it says must at least be what the rest says."""
    text = (ROOT / "systemd" / "Containerfile").read_text()
    for said in (
        "WATCHROOM_STATE=/var/lib/watchroom",
        'CMD ["run", "--config", "/etc/watchroom"]',
        "USER watchroom",
        "/healthz",
        "--require-hashes -r requirements.lock",
    ):
        assert said in text
