"""A mistake shared with what is tested would cancel itself out: the simulators share no code with it."""

import ast
import subprocess
import sys
from pathlib import Path

import simulators

FOLDER = Path(simulators.__file__).parent


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").partition(".")[0])
    return names


def test_no_file_imports_the_daemon_its_drivers_or_its_modbus_library() -> None:
    files = list(FOLDER.rglob("*.py"))
    assert len(files) > 20
    for path in files:
        assert not imported(path) & {"monitor", "drivers", "pymodbus", "aiomqtt", "pydantic"}, path


def test_a_running_simulator_has_loaded_nothing_of_them() -> None:
    program = (
        "import sys, simulators.__main__;"
        "print([n for n in sys.modules if n.split('.')[0] in ('monitor', 'drivers', 'amqtt')])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
