"""`watchroom tune` on the ready site, over a history of its own."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.common import load_site
from monitor.cli.program import program
from monitor.domain.history import Sample
from monitor.storage.history import open_historian

app = program()
CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The level of a pit that flapped 143 times in 12 bursts within a day, and once stood high for ten minutes."""
    directory = tmp_path_factory.mktemp("state")
    asyncio.run(_recorded(directory, round(time.time()) - 20 * 3600))
    return directory


async def _recorded(state: Path, begun: int) -> None:
    site = load_site(CONFIG)
    historian = open_historian(site.historian, state, site)
    values: dict[int, float] = {
        at: 1.0 for at in range(300, 20 * 3600, 60) if at % 3600 >= 300 or at > 12 * 3600
    }
    for burst in range(12):
        for i in range(12 - (burst == 11)):
            at = burst * 3600 + i * 21
            values |= {at: 3.0, at + 6: 1.0}
    values |= dict.fromkeys(range(15 * 3600, 15 * 3600 + 600, 60), 2.5)
    await historian.write(
        [Sample("pit-1.level", (begun + at) * 1000, value, 0) for at, value in sorted(values.items())]
    )
    await historian.close()


def tune(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, ["tune", *arguments, "--config", str(CONFIG), "--state", str(state), "--days", "1"]
    )


def test_an_off_delay_says_what_it_removes_and_that_nothing_is_lost(state: Path) -> None:
    result = tune(state, "pit-1.level_high", "--set", "off_delay=30s")
    assert result.exit_code == 0, result.output
    assert "off_delay 30s: 131 of 144 gone, no alarm lost" in result.output
    assert "removed (20 of 131, the longest first):" in result.output
    assert "note: for 4 h" in result.output, "the day before it was recorded is a gap"


def test_a_limit_that_loses_a_real_alarm_says_so(state: Path) -> None:
    result = tune(state, "pit-1.level_high", "--set", "limit=2.9", "--json")
    assert result.exit_code == 0, result.output
    (change,) = json.loads(result.stdout)["changes"]
    assert (change["removed"], change["lost"], change["longest_lost"]) == (1, 1, 600.0)
    assert (
        "LOSES 1 alarm over 60 s, the longest 10 min"
        in tune(state, "pit-1.level_high", "--set", "limit=2.9").output
    )


def test_without_a_change_it_proposes(state: Path) -> None:
    result = tune(state, "pit-1.level_high")
    assert result.exit_code == 0, result.output
    assert "off_delay 20s: 131 of 144 gone, no alarm lost" in result.output
    assert "on_delay 8s: 143 of 144 gone, no alarm over 60 s lost (the longest 6 s)" in result.output
    assert "to keep it: set: {level_high.on_delay: 8s}" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pit-1.level_high", "--set", "off_delay=8"], "--set off_delay:1:1:"),
        (["pit-1.level_high", "--set", "limit=99"], "--set limit:1:1:"),
        (["pit-1.level_high", "--set", "of_delay=8s"], "did you mean `off_delay`?"),
        (["pit-1.level_high", "--set", "off_delay"], "expected FIELD=VALUE"),
        (["pit-1.level_high", "--set", "enabled=false"], "nothing to replay"),
        (["pit-1.level_hihg"], "did you mean `level_high`?"),
        (["pit-7.level_high"], "no equipment 'pit-7'"),
        (["pit-1.comm"], "cannot be replayed"),
        (["pit-2.level_high"], "nothing was recorded of pit-2.level"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_said(state: Path, arguments: list[str], said: str) -> None:
    result = tune(state, *arguments)
    assert result.exit_code == 1
    assert said in result.output
