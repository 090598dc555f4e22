"""`python -m tests.mutation [MODULE...]`: the table of mutants, killed and survived, and every survivor with its line."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import math
import os
import resource
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import hypothesis
import pytest

from tests.mutation.operators import mutants

ROOT = Path(__file__).parents[2]
DOMAIN = "monitor.domain"
LIFE = (
    "test_transition_record",
    "test_transition_table",
    "test_transition_delays",
    "test_transition_suppression",
    "test_transition_properties",
)
TARGETS: dict[str, tuple[str, ...]] = {
    "alarm": ("test_alarm", *LIFE),
    "transition": LIFE,
    "suppression": LIFE,
    "service": ("test_service",),
    "duty": ("test_duty",),
    "inspection": ("test_inspection",),
}
"""Modules of the domain, and the only tests that are asked about each, in this order."""
ENOUGH = 0.90
PATIENCE = 5
"""A mutant that takes so many times as much of the processor as the tests without it (of a second at least) turns in circles. It
counts as killed."""
MEMORY = 2 << 30
"""Bytes; one that turns in circles may gather things meanwhile."""
PASSED, FAILED, INTERRUPTED, INTERNAL = 0, 1, 2, 3
"""Exit codes of pytest; a module that cannot even be imported interrupts it, and one that eats all memory may break it."""


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from other code than that in its file."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """The module, if it is ours."""
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(self._code, module.__dict__)


def survives(module: str, tree: ast.Module, tests: Sequence[str], cpu: float) -> tuple[bool, float]:
    """Whether all tests pass over this code within so many seconds of processor, and how many they took. In a child, which has
    imported nothing of ours yet."""
    code = compile(tree, f"{module}.py", "exec")
    child = os.fork()
    if child == 0:
        os._exit(_judge(module, code, tests, math.ceil(cpu)))
    _, status, used = os.wait4(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    if ended not in (PASSED, FAILED, INTERRUPTED, INTERNAL) and ended >= 0:
        raise SystemExit(f"pytest itself failed with {ended} over {module}")
    return ended == PASSED, used.ru_utime + used.ru_stime


def _judge(module: str, code: CodeType, tests: Sequence[str], cpu: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, Changed(f"{DOMAIN}.{module}", code))
    frame = ["-x", "-q", "--noconftest", "-c", os.devnull, "--rootdir", str(ROOT), "-p", "no:cacheprovider"]
    for test in tests:  # most are found out by the first, and the others need not even be read
        if ended := int(pytest.main([*frame, f"{ROOT}/tests/domain/{test}.py"])):
            return ended
    return PASSED


def prepare() -> None:
    """Examples are the same at each run and are not made smaller: only whether there is one counts."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    found = hypothesis.Phase.explicit, hypothesis.Phase.generate
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=found,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")


def examine(module: str, tests: Sequence[str]) -> tuple[int, list[str]]:
    """How many mutants there were, and those that no test noticed."""
    source = (ROOT / f"monitor/domain/{module}.py").read_text()
    passed, cpu = survives(module, ast.parse(source), tests, 60.0)
    if not passed:
        raise SystemExit(f"the tests of {module} fail without any change")
    found, left = 0, []
    for mutant in mutants(source):
        found += 1
        if survives(module, mutant.tree, tests, PATIENCE * max(1.0, cpu))[0]:
            left.append(f"monitor/domain/{module}.py:{mutant.line}: {mutant.change}")
            print(left[-1], flush=True)
    return found, left


def main(wanted: Sequence[str]) -> int:
    """1 when too many survive in one of the modules."""
    prepare()
    rows = []
    for module in wanted or TARGETS:
        begun = time.monotonic()
        found, left = examine(module, TARGETS[module])
        rows.append((module, found, found - len(left), len(left), time.monotonic() - begun))
    print(f"\n{'module':<12} {'mutants':>8} {'killed':>8} {'survived':>9} {'killed':>8} {'seconds':>8}")
    for module, found, killed, left, seconds in rows:
        print(f"{module:<12} {found:>8} {killed:>8} {left:>9} {killed / found:>8.1%} {seconds:>8.0f}")
    return int(any(killed < ENOUGH * found for _, found, killed, _, _ in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
