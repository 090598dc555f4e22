import asyncio
import csv
import gc
import io
import sys
import tempfile
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from monitor.domain.history import Sample
from monitor.ports import Permanent
from monitor.storage.export import export_csv
from monitor.storage.export_parquet import export_parquet
from monitor.storage.export_xlsx import export_xlsx
from tests.support.fake_historian import FakeHistorian


async def exported(
    samples: list[Sample], points: list[str], timezone: str = "Asia/Shanghai", bom: bool = False
) -> str:
    historian = FakeHistorian()
    await historian.write(samples)
    out = io.StringIO(newline="")
    times = [s.at_ms for s in samples]
    rows = await export_csv(historian, points, min(times), max(times) + 1, out, timezone=timezone, bom=bom)
    assert rows == sum(s.point in points for s in samples)
    return out.getvalue()


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


async def test_local_time_has_milliseconds_and_offset() -> None:
    text = await exported([Sample("a.p", 1_790_000_000_789, 1.5, 0)], ["a.p"])

    assert cells(text) == [
        ["time", "point", "value", "quality", "reason"],
        ["2026-09-21 22:13:20.789+08:00", "a.p", "1.5", "good", ""],
    ]


async def test_the_hour_that_happens_twice_is_told_apart_by_its_offset() -> None:
    first = 1_793_521_800_000  # 2026-11-01 01:30 in Los Angeles, still summer time
    text = await exported(
        [Sample("a.p", first, 1, 0), Sample("a.p", first + 3_600_000, 2, 0)], ["a.p"], "America/Los_Angeles"
    )

    assert [row[0] for row in cells(text)[1:]] == [
        "2026-11-01 01:30:00.000-07:00",
        "2026-11-01 01:30:00.000-08:00",
    ]


async def test_a_formula_in_text_becomes_harmless_and_a_number_stays_a_number() -> None:
    evil = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\tx", "＝1+1", 'door, "open"\n門']
    samples = [Sample("a.t", i, text, 0) for i, text in enumerate(evil)]
    samples += [Sample("a.n", 1, -1.5, 0), Sample("a.n", 2, True, 0), Sample("a.n", 3, None, 12)]
    rows = cells(await exported(samples, ["a.t", "a.n"]))[1:]

    assert [row[2] for row in rows[:6]] == ["'" + text for text in evil[:6]]
    assert rows[6][2] == evil[6]
    assert [row[2:] for row in rows[7:]] == [
        ["-1.5", "good", ""],
        ["1", "good", ""],
        ["", "bad", "comm_failure"],
    ]


async def test_a_byte_order_mark_only_when_asked() -> None:
    one = [Sample("a.p", 5, 1.0, 0)]
    assert (await exported(one, ["a.p"], bom=True)).startswith("\ufefftime,")
    assert (await exported(one, ["a.p"])).startswith("time,")


class Endless(FakeHistorian):
    """Makes samples up as they are asked for: nothing of the range is in memory."""

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> list[Sample]:
        return [Sample(point, t, float(t), 0) for t in range(start_ms - 1, min(end_ms, start_ms + limit))]


class Counting(io.StringIO):
    def __init__(self) -> None:
        super().__init__(newline="")
        self.lines = 0

    def write(self, text: str) -> int:
        self.lines += 1
        return len(text)


async def peak_of(rows: int) -> int:
    """Bytes in memory at most while so many rows are exported."""
    out = Counting()
    gc.collect()
    tracemalloc.start()
    try:
        assert await export_csv(Endless(), ["a.p"], 1, rows + 1, out, timezone="UTC", bom=False) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert out.lines == rows + 1


@pytest.mark.slow
async def test_a_long_range_takes_no_more_memory_than_a_short_one() -> None:
    short = await peak_of(20_000)
    assert await peak_of(100_000) < 1.5 * short


async def test_a_workbook_holds_times_numbers_and_harmless_text(tmp_path: Path) -> None:
    historian = FakeHistorian()
    at = 1_790_000_000_789
    await historian.write(
        [
            Sample("a.n", at, 1.5, 0), Sample("a.n", at + 1, None, 12), Sample("a.n", at + 2, True, 1),
            Sample("a.t", at, '=HYPERLINK("http://x")', 0), Sample("a.t", at + 1, "door\x00 門", 0),
        ]
    )  # fmt: skip
    path = tmp_path / "h.xlsx"
    rows = await export_xlsx(historian, ["a.n", "a.t"], at, at + 1000, path, timezone="Asia/Shanghai")
    assert rows == 5
    (sheet,) = load_workbook(path).worksheets
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    noon = datetime(2026, 9, 21, 22, 13, 20, 789_000)  # noqa: DTZ001
    assert found[0] == [noon, "+08:00", "a.n", 1.5, "good", None]
    assert [row[3:] for row in found[1:3]] == [
        [None, "bad", "comm_failure"],
        [1, "uncertain", "out_of_range"],
    ]
    assert [row[3] for row in found[3:]] == ['=HYPERLINK("http://x")', "door 門"]
    assert sheet["D5"].data_type == "s", "text, not a formula"
    assert sheet["D2"].data_type == "n"


async def test_a_large_workbook_goes_on_on_another_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.storage.export_xlsx.ROWS", 40)
    historian = FakeHistorian()
    await historian.write([Sample("a.n", i, float(i), 0) for i in range(100)])
    told: list[tuple[str, int, int]] = []
    await export_xlsx(
        historian, ["a.n"], 0, 1000, tmp_path / "h.xlsx", timezone="UTC", tell=lambda *one: told.append(one)
    )
    sheets = load_workbook(tmp_path / "h.xlsx").worksheets
    assert [sheet.max_row for sheet in sheets] == [41, 41, 21]
    assert told[-1] == ("a.n", 100, 99)


async def test_an_empty_workbook_has_its_titles(tmp_path: Path) -> None:
    await export_xlsx(FakeHistorian(), ["a.n"], 0, 1, tmp_path / "h.xlsx", timezone="UTC")
    assert load_workbook(tmp_path / "h.xlsx").worksheets[0]["A1"].value == "time"


@pytest.mark.parametrize("breaks", ["cancelled", "refused"])
async def test_a_workbook_that_is_given_up_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    historian = FakeHistorian()
    await historian.write([Sample("a.n", at, at, 0) for at in range(100)])

    def tell(*_: object) -> None:
        assert list(tmp_path.iterdir()) != []
        raise asyncio.CancelledError if breaks == "cancelled" else OSError("no space left")

    with pytest.raises((asyncio.CancelledError, OSError)):
        await export_xlsx(historian, ["a.n"], 0, 1000, tmp_path / "h.xlsx", timezone="UTC", tell=tell)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert list(tmp_path.iterdir()) == []


async def test_parquet_is_read_by_others_with_its_types(tmp_path: Path) -> None:
    """pyarrow's reader is not ours; DuckDB 2.0 and pandas read the same file by hand."""
    historian = FakeHistorian()
    at = 1_790_000_000_789
    given = [Sample("a.n", at, 1.5, 0), Sample("a.n", at + 1, None, 12), Sample("a.n", at + 2, True, 1)]
    await historian.write([*given, Sample("a.t", at, "=門", 0), Sample("a.t", at + 1, "", 99)])
    path = tmp_path / "h.parquet"
    rows = await export_parquet(historian, ["a.n", "a.t"], at, at + 1000, path, timezone="Asia/Shanghai")

    assert rows == 5
    schema = parquet.read_schema(path)
    assert {field.name: str(field.type) for field in schema} == {
        "time": "timestamp[ms, tz=UTC]",
        "local_time": "timestamp[ms]",
        "utc_offset": "dictionary<values=string, indices=int32, ordered=0>",
        "point": "dictionary<values=string, indices=int32, ordered=0>",
        "value": "double",
        "text": "string",
        "quality": "dictionary<values=string, indices=int32, ordered=0>",
        "reason": "dictionary<values=string, indices=int32, ordered=0>",
        "quality_code": "int16",
    }
    assert schema.metadata[b"timezone"] == b"Asia/Shanghai"
    found = parquet.read_table(path).to_pylist()
    assert found[0] == {
        "time": datetime(2026, 9, 21, 14, 13, 20, 789_000, UTC),
        "local_time": datetime(2026, 9, 21, 22, 13, 20, 789_000),  # noqa: DTZ001
        "utc_offset": "+08:00",
        "point": "a.n",
        "value": 1.5,
        "text": None,
        "quality": "good",
        "reason": "",
        "quality_code": 0,
    }
    assert [(r["value"], r["text"], r["quality"], r["reason"], r["quality_code"]) for r in found[1:]] == [
        (None, None, "bad", "comm_failure", 12),
        (1.0, None, "uncertain", "out_of_range", 1),
        (None, "=門", "good", "", 0),
        (None, "", "bad", "code 99", 99),
    ]


async def test_parquet_goes_on_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.storage.export_parquet.GROUP", 10_000)
    path = tmp_path / "h.parquet"
    assert await export_parquet(Endless(), ["a.p"], 1, 45_001, path, timezone="UTC") == 45_000
    file = parquet.ParquetFile(path)
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [10_000] * 4 + [5_000]
    assert file.read(["value"])["value"].to_pylist() == [float(i) for i in range(1, 45_001)]


async def test_local_times_of_parquet_tell_the_double_hour_apart(tmp_path: Path) -> None:
    historian = FakeHistorian()
    first = 1_793_521_800_000  # 2026-11-01 01:30 in Los Angeles, still summer time
    await historian.write([Sample("a.p", first, 1.0, 0), Sample("a.p", first + 3_600_000, 2.0, 0)])
    path = tmp_path / "h.parquet"
    await export_parquet(historian, ["a.p"], first, first + 9_000_000, path, timezone="America/Los_Angeles")
    rows = parquet.read_table(path, columns=["local_time", "utc_offset"]).to_pylist()
    assert {str(row["local_time"]) for row in rows} == {"2026-11-01 01:30:00"}
    assert [row["utc_offset"] for row in rows] == ["-07:00", "-08:00"]


async def test_an_empty_parquet_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "h.parquet"
    assert await export_parquet(FakeHistorian(), ["a.p"], 0, 1, path, timezone="UTC") == 0
    assert parquet.read_table(path).num_columns == 9


async def test_without_its_part_parquet_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Permanent, match=r"pip install 'watchroom\[parquet\]'"):
        await export_parquet(FakeHistorian(), ["a.p"], 0, 1, tmp_path / "h.parquet", timezone="UTC")
