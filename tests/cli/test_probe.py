"""What `watchroom probe` shows, and by which code it ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import probe
from monitor.cli.program import program
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.ports import RawPoint, RawRead, Transient

app = program()

SITE = """
site: {id: here, name: here, timezone: Asia/Shanghai}
journal: {url: "sqlite:journal.db"}
historian: {url: "sqlite:history.db"}
connections: {line: {driver: modbus, url: "tcp://127.0.0.1:1502"}}
equipment: [{id: climate-1, type: xy-md02, name: one, connection: line, device_id: 1}]
"""


def probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, name: str = "climate-1") -> Result:
    """`answer` makes values and bad of temperature and humidity, or raises."""

    async def read(site: Any, equipment: Any, wait: float) -> tuple[Scan, list[RawRead]]:
        values, bad = answer()
        raw = RawRead(
            "unit 1 input:1+2",
            b"\x01\x31\x02\x92",
            {"temperature": RawPoint(b"\x01\x31"), "humidity": RawPoint(b"\x02\x92", "would be 1 as CDAB")},
        )
        return Scan(equipment.source.plan, values, Instant(0.0, 0.0), bad), [raw]

    monkeypatch.setattr(probe, "_read", read)
    (tmp_path / "site.yaml").write_text(SITE)
    return CliRunner().invoke(app, ["probe", name, "--config", str(tmp_path)])


def test_raw_and_decoded_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = probed(tmp_path, monkeypatch, lambda: ((30.5, 65.8), {}))
    lines = done.output.splitlines()
    assert lines[0] == "unit 1 input:1+2: 01 31 02 92"
    assert lines[2].split() == ["temperature", "30.5", "°C", "good", "0131", "*"]
    assert lines[3].split()[:5] == ["humidity", "65.8", "%", "good", "0292"]
    assert lines[3].rstrip().endswith("would be 1 as CDAB")
    assert lines[4] == "* proof of the device: temperature is good"


@pytest.mark.parametrize(
    ("values", "bad", "code", "says"),
    [
        ((30.5, 65.8), {}, 0, "proof of the device: temperature is good"),
        ((30.5, None), {1: Quality.SENTINEL}, 2, "bad (sentinel)"),
        ((30.5, 130.0), {}, 2, "uncertain (out_of_range)"),
        ((30.5, ABSENT), {}, 2, "not heard"),
        ((ABSENT, ABSENT), {}, 1, "NOT good (no_data)"),
        ((None, 65.8), {0: Quality.DECODE_ERROR}, 1, "NOT good (decode_error): is this the right device?"),
        ((6553.0, 65.8), {}, 1, "NOT good (out_of_range): is this the right device?"),
        ((None, None), {0: Quality.COMM_FAILURE, 1: Quality.COMM_FAILURE}, 1, "NOT good (comm_failure)"),
    ],
)
def test_the_exit_code_says_how_far_to_believe_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: Any, bad: Any, code: int, says: str
) -> None:
    done = probed(tmp_path, monkeypatch, lambda: (values, bad))
    assert done.exit_code == code, done.output
    assert says in done.output


def test_no_answer_is_one_line_and_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> Any:
        raise Transient("input:1+2: no answer within 1 s")

    done = probed(tmp_path, monkeypatch, silent)
    assert (done.exit_code, done.output) == (1, "watchroom: input:1+2: no answer within 1 s\n")


def test_an_unknown_equipment_suggests_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = probed(tmp_path, monkeypatch, lambda: ((30.5, 65.8), {}), "climat-1")
    assert done.exit_code == 1
    assert "did you mean `climate-1`?" in done.output


def test_a_message_is_shown_as_text_and_a_point_not_heard_with_the_place_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(site: Any, equipment: Any, wait: float) -> tuple[Scan, list[RawRead]]:
        raw = [
            RawRead(
                "box/1",
                '{"t": "23 °C"}\x1b[2J'.encode(),
                {"temperature": RawPoint(b"", "no `v` there")},
                text=True,
            ),
            RawRead(
                "box/2",
                b"\xff" + b"x" * 5000,
                {"temperature": RawPoint('"23 °C"'.encode(), "odd")},
                text=True,
            ),
            RawRead("box/3", b"", {"temperature": RawPoint(b"", "no `w` there")}, text=True),
        ]
        values = (None, ABSENT)
        bad = {0: Quality.DECODE_ERROR}
        return Scan(equipment.source.plan, values, Instant(0.0, 0.0), bad), raw

    monkeypatch.setattr(probe, "_read", read)
    (tmp_path / "site.yaml").write_text(SITE)
    done = CliRunner().invoke(app, ["probe", "climate-1", "--config", str(tmp_path)])
    lines = done.output.splitlines()
    assert lines[0] == 'box/1: {"t": "23 °C"}\\x1b[2J'  # what a terminal would obey is spelt out
    assert lines[1].startswith("box/2: \\xffxxx")
    assert lines[1].endswith("... (5004 characters)")
    assert re.fullmatch(r' temperature +- +°C +bad \(decode_error\) +"23 °C" +\* odd *', lines[4])
    assert re.fullmatch(r" humidity +- +% +not heard +\(input:2 .*\) *", lines[5])
