"""The weekly test in the configuration: read, and every mistake told at its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.domain.weekly import Weekly
from monitor.settings import ConfigurationError, describe, load
from monitor.settings.site import Drill, Site

CONFIG = Path(__file__).parents[2] / "config"


def read(directory: Path, drill: str) -> Site:
    for path in CONFIG.glob("*.yaml"):
        shutil.copyfile(path, directory / path.name)
    (directory / "drill.yaml").write_text(f"drill: {drill}\n", encoding="utf-8")
    return load(directory, driver_settings(), notifier_settings(), types=CONFIG / "types")


def test_both_parts(tmp_path: Path) -> None:
    drill = '{sms: "MON 10:00", role: manager, channels: [phone], horn: "sun 9:30", within: 15m}'
    assert read(tmp_path, drill).drill == Drill(Weekly(0, 600), "manager", ("phone",), Weekly(6, 570), 900.0)


def test_check_says_when_and_to_whom(tmp_path: Path) -> None:
    site = read(tmp_path, '{sms: "MON 10:00", role: manager, channels: [phone], horn: "SUN 9:30"}')
    assert "message MON 10:00 to manager by phone" in describe(site)
    assert "horn SUN 09:30" in describe(site)


def test_the_horn_alone(tmp_path: Path) -> None:
    assert read(tmp_path, '{horn: "FRI 8:00"}').drill == Drill(None, "", (), Weekly(4, 480), 600.0)


@pytest.mark.parametrize(
    ("drill", "said"),
    [
        ("{}", "what is tested, and when?"),
        ('{sms: "MON 10:00", channels: [phone]}', "`role` is missing beside `sms`"),
        ('{sms: "MON 10:00", role: manager}', "`channels` is missing beside `sms`"),
        ('{sms: "MON 10:00", role: manager, channels: [fax]}', "drill.yaml:1:53: unknown channel `fax`"),
        ('{sms: "MON 10:00", role: cook, channels: [phone]}', "unknown role `cook`"),
        ('{sms: "MON 25:00", role: manager, channels: [phone]}', "there is no 25:00 o'clock"),
        ('{horn: "MOON 10:00"}', "`MOON` is no day of the week"),
        ("{horn: 600}", "expected a day and a time in quotes"),
        ('{horn: "MON 10:00", within: 5s}', "at least 1m and at most 1d"),
        ('{horn: "MON 10:00", whithin: 5m}', "did you mean `within`"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, drill: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, drill)
    assert said in "\n".join(str(problem) for problem in refused.value.problems)
