"""`watchroom types list` and `types show`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.program import program

app = program()

pytestmark = pytest.mark.slow


def types(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["types", *arguments])


@pytest.mark.parametrize(
    ("language", "heading", "title"),
    [
        ("en", "source", "Eastron SDM630 three-phase meter"),
        ("zh-Hant", "來源", "Eastron SDM630 三相電表"),
        ("zh-Hans", "来源", "Eastron SDM630 三相电表"),
    ],
)
def test_the_list_in_three_languages(language: str, heading: str, title: str) -> None:
    done = types("list", "--language", language)
    assert done.exit_code == 0, done.output
    assert heading in done.output.splitlines()[0]
    [line] = [line for line in done.output.splitlines() if line.startswith(" eastron-sdm630 ")]
    assert title in line
    assert "SDM630Register.pdf" in line


def test_a_page_has_addresses_alarms_source_and_what_is_not_certain() -> None:
    done = types("show", "carlo-gavazzi-em340", "--language", "zh-Hans")
    assert done.exit_code == 0, done.output
    for words in (
        "carlogavazzi-ex3x0.go",
        "字节顺序: CDAB",
        "单次最多读取寄存器数: 50",
        "累计量",
        "input:64 int32 x 0.1",
        "L2 正向有功电量",
        "undervoltage_l3",
        "测量各相电压及中性线",
        "comm",
        "未经核实：",
    ):
        assert words in done.output, words


def test_levels_and_roll_overs_are_on_the_page() -> None:
    assert "高, 150 起緊急" in types("show", "switch-room", "--language", "zh-Hant").output
    assert "high, critical from 150" in types("show", "switch-room").output
    assert "counter, begins again at 4294967296 x 10^sf_wh" in types("show", "sunspec-meter").output
    assert "counter, begins again at 1000000000 " in types("show", "siemens-pac3200").output


def test_a_type_of_topics_has_a_page_too() -> None:
    done = types("show", "zigbee2mqtt-leak")
    assert "{topic} water_leak bool" in done.output


def test_an_unknown_name_suggests_the_nearest() -> None:
    done = types("show", "acrel-dtsd1532")
    assert done.exit_code == 1
    assert "no equipment type 'acrel-dtsd1532'; did you mean `acrel-dtsd1352`?" in done.output


def test_an_unknown_language_is_told() -> None:
    done = types("list", "--language", "zh-hans")
    assert done.exit_code == 1
    assert "did you mean `zh-Hans`?" in done.output


def test_a_sites_own_types_are_listed_and_its_mistakes_told(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    own = tmp_path / "types/mine.yaml"
    own.write_text(
        'type: mine\ntitle: Mine\ndriver: modbus\nsource: me\npoints:\n  a: {read: "input:0", as: uint16}\n'
    )
    assert " mine " in types("list", "--config", str(tmp_path)).output
    own.write_text(own.read_text().replace("uint16", "uint17"))
    done = types("list", "--config", str(tmp_path))
    assert done.exit_code == 1
    assert "types/mine.yaml:6:28: 'uint17' is not one of" in done.output
    assert types("list", "--config", str(tmp_path / "nowhere")).exit_code == 1
