"""Every directory under bad/ is refused with exactly what its expected.txt says; every one under good/ loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.settings import ConfigurationError
from tests.settings.models import HERE, load_fixture


@pytest.mark.parametrize("directory", sorted((HERE / "bad").iterdir()), ids=lambda path: path.name)
def test_a_bad_configuration_is_told_whole(directory: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_fixture(directory)
    assert str(caught.value).splitlines() == (directory / "expected.txt").read_text().splitlines()


def test_problems_are_sorted_by_place_and_said_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_fixture(HERE / "bad/rounds")
    problems = caught.value.problems
    assert list(problems) == sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.message))
    assert len(problems) > 20


@pytest.mark.parametrize("directory", sorted((HERE / "good").iterdir()), ids=lambda path: path.name)
def test_a_good_configuration_loads(directory: Path, secrets: Path) -> None:
    assert load_fixture(directory, secrets).id == directory.name


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such directory"):
        load_fixture(tmp_path / "nowhere")


def test_an_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_fixture(tmp_path)
    assert [problem.message for problem in caught.value.problems] == [
        "there is no YAML file in this directory",
        "`site` is missing in the whole configuration",
    ]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(ConfigurationError, match="too many for one file"):
        load_fixture(tmp_path)
