"""The frame itself: pure domain, honest lock files, a complete wheel, set-up that says what it lacks."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")

# ---------------------------------------------------------------- every test is run


def test_marks_stand_where_the_makefile_looks_for_them() -> None:
    """It gives pytest only the test files that name a mark; one that a test inherits would be overlooked."""
    elsewhere = (path for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_"))
    assert [path for path in elsewhere if re.search(r"mark\.(real|slow|browser)", path.read_text())] == []


# ---------------------------------------------------------------- the domain is pure

WAITS_OR_LOOKS_OUTSIDE = """
    asyncio concurrent io logging multiprocessing os pathlib queue random sched secrets select selectors
    shutil signal socket sqlite3 ssl subprocess sys tempfile threading time urllib
"""
PURE = sys.stdlib_module_names - set(WAITS_OR_LOOKS_OUTSIDE.split())
CLOCKS = {"now", "utcnow", "today"}


def impurities(source: str) -> Iterator[str]:
    """What in this source waits, reads a clock, prints or imports more than the domain may."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (f"import {name.name}" for name in names if not _allowed(name.name))
            case ast.ImportFrom(module=module, level=0) if module and not _allowed(module):
                yield f"import {module}"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield "await"
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in CLOCKS:
                yield f"clock {attr}"
            case ast.Call(func=ast.Name(id="print" | "open" | "input" as name)):
                yield name


def _allowed(module: str) -> bool:
    return module.split(".")[0] in PURE or module == "monitor.domain" or module.startswith("monitor.domain.")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "monitor/domain").glob("**/*.py")), ids=lambda path: path.name
)
def test_the_domain_is_pure(path: Path) -> None:
    assert list(impurities(path.read_text())) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pydantic", ["import pydantic"]),
        ("from monitor.settings import site", ["import monitor.settings"]),
        ("import monitor.domainlike", ["import monitor.domainlike"]),
        ("from time import monotonic", ["import time"]),
        ("async def judge(): await answer()", ["await", "await"]),
        ("from datetime import datetime\nat = datetime.now()", ["clock now"]),
        ("print('raised')", ["print"]),
        ("from datetime import datetime\nfrom monitor.domain.point import Point", []),
    ],
)
def test_impurities_are_found(source: str, found: list[str]) -> None:
    assert list(impurities(source)) == found


# ---------------------------------------------------------------- lock files


def pins(lock: str) -> dict[str, str]:
    """Package name to version of a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip())
    assert len(blocks) == len(pins(lock)) > 50
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", [*LOCKS, "monitor/console/package-lock.json"])
def test_no_lock_names_a_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r'--(?:extra-)?index-url.*|--find-links.*|"resolved".*|@ \w+://.*', text) == []


def test_development_uses_the_versions_that_ship() -> None:
    shipped, development = (pins(lock) for lock in LOCKS)
    assert shipped.items() <= development.items()


def test_the_lock_answers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    exact = dict(re.findall(r"^([\w-]+)(?:\[[\w,]+\])?==([\d.]+)", "\n".join(asked), re.MULTILINE))
    assert len(exact) > 25
    assert exact.items() <= pins("requirements.lock").items()


def test_every_browser_package_is_locked_with_its_integrity() -> None:
    console = ROOT / "monitor/console"
    asked = json.loads((console / "package.json").read_text())["dependencies"]
    locked = json.loads((console / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert all(entry["integrity"].startswith("sha512-") for path, entry in locked.items() if path)


# ---------------------------------------------------------------- the wheel


def test_the_wheel_carries_site_types_and_browser_files_but_no_tests(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "monitor/_config/site.yaml",
        "monitor/console/static/vendor/uPlot.esm.js",
        "monitor/console/static/vendor/htm-preact.module.js",
        "drivers/modbus/__init__.py",
        "simulators/__init__.py",
    } <= names
    types = {path.name for path in (ROOT / "config/types").glob("*.yaml")}
    assert {f"monitor/_config/types/{name}" for name in types} <= names
    assert not [name for name in names if name.startswith(("tests/", "config/")) or "node_modules" in name]


# ---------------------------------------------------------------- set-up says what it lacks


def run_setup(script: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a set-up script in an empty directory with nothing on PATH but `tmp_path`/bin."""
    environment = {"PATH": str(tmp_path / "bin"), **environment}
    command = ["/bin/sh", str(ROOT / ".ci" / script)]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30)


def fake(tmp_path: Path, name: str, script: str) -> None:
    """Put a shell script called `name` on the PATH of `run_setup`."""
    path = tmp_path / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    fake(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')
    result = run_setup("make-venv.sh", tmp_path)
    assert result.returncode != 0
    assert "needs Python 3.11 or newer; here is Python 3.9.2" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    result = run_setup("make-venv.sh", tmp_path)
    assert result.returncode != 0
    assert "here is no python3" in result.stderr


def test_a_missing_venv_module_names_its_package(tmp_path: Path) -> None:
    fake(
        tmp_path,
        "python3",
        'case "$2" in *version_info\\ *) exit 0;; *ensurepip*) exit 1;; *) echo 3.11;; esac',
    )
    result = run_setup("make-venv.sh", tmp_path)
    assert result.returncode != 0
    assert "apt-get install python3.11-venv" in result.stderr


def test_a_wrong_choice_of_python_is_refused(tmp_path: Path) -> None:
    result = run_setup("make-venv.sh", tmp_path, PYTHON="/bin/false")
    assert result.returncode != 0
    assert "PYTHON=/bin/false is not a Python 3.11" in result.stderr


def test_an_ordinary_user_is_told_the_one_command(tmp_path: Path) -> None:
    fake(tmp_path, "dpkg-query", 'case "$4" in mosquitto|gcc) echo "install ok installed";; *) exit 1;; esac')
    fake(tmp_path, "grep", 'exec /bin/grep "$@"')
    fake(tmp_path, "apt-get", f"echo called > {tmp_path}/apt-was-called")
    fake(tmp_path, "id", "echo 1000")
    result = run_setup("system-packages.sh", tmp_path)
    assert result.returncode != 0
    assert re.search(
        r"^    apt-get install --no-install-recommends mosquitto-clients influxdb .* libc6-dev( [a-z0-9-]+)*$",
        result.stderr,
        re.MULTILINE,
    )
    assert not (tmp_path / "apt-was-called").exists()


def test_nothing_missing_is_silent(tmp_path: Path) -> None:
    fake(tmp_path, "dpkg-query", 'echo "install ok installed"')
    fake(tmp_path, "grep", 'exec /bin/grep "$@"')
    result = run_setup("system-packages.sh", tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
