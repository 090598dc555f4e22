"""Whatever somebody types, the answer is a site or a list of problems with places that exist."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

from monitor.settings import ConfigurationError, describe
from tests.settings.models import HERE, load_fixture

TYPED = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "- ",
    "null",
    "true",
    "-1",
    "1.5",
    '"x"',
    "x",
    "5s",
    "\n",
    "\t",
    "{a: b}",
    "[a]",
    "''",
]


def mutate(text: str, rng: random.Random) -> str:
    """`text` with one to three words replaced or lost."""
    for _ in range(rng.randint(1, 3)):
        start, end = rng.choice([found.span() for found in re.finditer(r'[\w."-]+|[{}\[\]:,]', text)])
        text = text[:start] + rng.choice([*TYPED, ""]) + text[end:]
    return text


def test_mutations(tmp_path: Path, secrets: Path) -> None:
    rng = random.Random(7)
    told = 0
    for i in range(100):
        directory = tmp_path / str(i)
        shutil.copytree(HERE / "good/whole", directory)
        path = rng.choice(sorted([*directory.glob("*.y*ml"), *directory.glob("types/*")]))
        path.write_text(mutate(path.read_text(encoding="utf-8"), rng), encoding="utf-8")
        try:
            describe(load_fixture(directory, secrets))
        except ConfigurationError as error:
            told += 1
            for problem in error.problems:
                file = directory / problem.file
                lines = len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 1
                assert 1 <= problem.line <= lines + 1, problem
                assert problem.column >= 1
                assert problem.message
    assert told > 50
