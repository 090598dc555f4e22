"""Old history out of files: every row is understood, or named with its line."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.program import program
from monitor.domain.history import Sample
from monitor.domain.point import Kind
from monitor.storage.history_sqlite import SqliteHistorian
from monitor.storage.importing import Mapped, rows_of

app = program()

KINDS = {"pit-1.level": Kind.ANALOG, "pit-1.running": Kind.DISCRETE, "lift-1.fault": Kind.TEXT}
T0 = 1_795_000_000_000
CONFIG = str(Path(__file__).parents[2] / "config")


def read(tmp_path: Path, text: str, **more: object) -> list[Sample | str]:
    path = tmp_path / "old.csv"
    path.write_text(text, encoding="utf-8")
    return [
        row.replace(f"{path}:", "old.csv:") if isinstance(row, str) else row
        for row in rows_of(path, Mapped("Asia/Shanghai", KINDS, **more))  # type: ignore[arg-type]
    ]


def test_our_own_form(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "\ufefftime,point,value,quality,reason\n"
        "2026-11-23 12:00:00.500+08:00,pit-1.level,1.25,good,\n"
        "2026-11-23 12:00:01.500+08:00,pit-1.level,,bad,comm_failure\n"
        "2026-11-23 12:00:02+08:00,pit-1.level,9.5,uncertain,out_of_range\n"
        "2026-11-23 04:00:03Z,pit-1.running,1,good,\n"
        "2026-11-23 12:00:04,lift-1.fault,'=E-07,good,\n",
    )
    noon = 1_795_406_400_000
    assert found == [
        Sample("pit-1.level", noon + 500, 1.25, 0),
        Sample("pit-1.level", noon + 1500, None, 12),
        Sample("pit-1.level", noon + 2000, 9.5, 1),
        Sample("pit-1.running", noon + 3000, True, 0),
        Sample("lift-1.fault", noon + 4000, "=E-07", 0),
    ]


def test_a_wide_file_of_another_system(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "Zeit;x,Level,Pump\n23.11.2026 12:00:00,1.5,on\n23.11.2026 12:01:00,,off\n",
        time="Zeit;x",
        time_format="%d.%m.%Y %H:%M:%S",
        columns={"Level": "pit-1.level", "Pump": "pit-1.running"},
    )
    assert [(s.point, s.value) for s in found if not isinstance(s, str)] == [
        ("pit-1.level", 1.5), ("pit-1.running", True), ("pit-1.running", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,point\n", "old.csv:1: no column value; there are: time, point"),
        ("", "old.csv:1: no column time, point, value"),
        ("time,point,value\nyesterday,pit-1.level,1\n", "old.csv:2: 'yesterday' is not a time"),
        (
            "time,point,value\n2026-11-23,pit-9.level,1\n",
            "old.csv:2: no point 'pit-9.level' in the configuration",
        ),
        ("time,point,value\n\n2026-11-23,pit-1.level,high\n", "old.csv:3: 'high' is not a number"),
        ("time,point,value,reason\n2026-11-23,pit-1.level,1,odd\n", "old.csv:2: unknown quality 'odd'"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (wrong,) = read(tmp_path, text)
    assert isinstance(wrong, str)
    assert wrong.startswith(said)


def history(state: Path, samples: list[Sample] | None = None) -> list[Sample]:
    async def talk() -> list[Sample]:
        historian = SqliteHistorian.open(state / "history.db", retention=10**9)
        if samples:
            await historian.write(samples)
        found = list(await historian.raw("pit-1.level", 0, 2**45))
        await historian.close()
        return found

    return asyncio.run(talk())


def test_exported_and_imported_again_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    given = history(
        tmp_path,
        [
            Sample("pit-1.level", T0 + i * 1000, None if i == 7 else i / 8, 12 if i == 7 else 0)
            for i in range(200)
        ],
    )
    file = str(tmp_path / "out.csv")
    arguments = ["--config", CONFIG, "--state"]
    span = ["--from", "2026-01-01", "--to", "2027-01-01"]
    done = CliRunner().invoke(
        app, ["history", "export", "pit-1.level", *span, "-o", file, "--bom", *arguments, str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["history", "import", file, *arguments, str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert "200 values written" in done.output
    assert history(tmp_path / "new") == given


def test_a_mistake_leaves_everything_unwritten(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,point,value\n2026-11-23,pit-1.level,1\n2026-11-23,pit-1.level,x\n")
    done = CliRunner().invoke(
        app, ["history", "import", str(tmp_path / "a.csv"), "--config", CONFIG, "--state", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert "a.csv:3: 'x' is not a number" in done.output
    assert "nothing was written" in done.output
    assert history(tmp_path) == []
