"""`watchroom tune` on the ready site, over a history of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

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
    assert "to keep it: set: {level_high.off_delay: 20s}" in result.output


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


def test_a_history_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = tune(tmp_path / "elsewhere", "pit-1.level_high")
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "there is no history here" in result.output


NIGHT_METER = """
type: night-meter
title: Water meter
driver: modbus
source: made up for a test
points:
  flow: {read: "input:0", as: uint16, unit: m³/h, range: [0, 10]}
alarms:
  night: {rule: night_flow, point: flow, limit: 0.05}
"""


def test_the_nights_of_the_site_teach_their_floor(tmp_path: Path) -> None:
    config, kept = tmp_path / "config", tmp_path / "state"
    (config / "types").mkdir(parents=True)
    for file in CONFIG.glob("*.yaml"):
        shutil.copyfile(file, config / file.name)
    kept.mkdir()
    (config / "types" / "night-meter.yaml").write_text(NIGHT_METER)
    (config / "more.yaml").write_text(
        "equipment:\n"
        "  - {id: wm-9, type: night-meter, name: Water, system: pumps, location: B1, connection: plantroom, "
        "device_id: 9}\n"
    )
    asyncio.run(_nights(config, kept))
    asked = ["tune", "wm-9.night", "--days", "8", "--config", str(config), "--state", str(kept)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert "limit 0.6: 1 trip instead of 7" in result.output, (
        "a fountain of 0.4 m³/h every night, a leak in the last"
    )
    assert "to keep it: set: {night.limit: 0.6}" in result.output


async def _nights(config: Path, state: Path) -> None:
    """Seven nights in which water ran at 0.4 m³/h, in the last at 1.5."""
    site = load_site(config)
    noon = datetime.now(ZoneInfo(site.timezone)).replace(hour=6, minute=0, second=0, microsecond=0)
    end = round((noon - timedelta(days=noon > datetime.now(noon.tzinfo))).timestamp())
    samples = []
    for night in range(7):
        for at in range(end - (night + 1) * 86_400, end - night * 86_400, 120):
            into = (at - end) % 86_400  # since 06:00
            flow = 5.0 if into < 17 * 3600 else 1.5 if night == 0 else 0.4
            samples.append(Sample("wm-9.flow", at * 1000, 0.0 if into < 1200 else flow, 0))
    historian = open_historian(site.historian, state, site)
    await historian.write(sorted(samples, key=lambda sample: sample.at_ms))
    await historian.close()
