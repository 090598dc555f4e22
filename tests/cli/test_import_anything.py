"""Whatever stands in a list: every row becomes a point or a complaint, and what is made passes `check`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import catalogue
from monitor.cli.pointlist.columns import HEADINGS, find_columns
from monitor.cli.pointlist.draft import Options, draft
from monitor.cli.pointlist.page import page
from monitor.cli.pointlist.table import Row
from monitor.settings.library import Library

pytestmark = pytest.mark.slow

HEADER = tuple(HEADINGS)
CELLS = {
    "address": ("0", "1", "40001", "30010", "0x10", "1FH", "65535", "65536", "100-101", "100.3", "4x0001", "00001", "0", "x"),
    "name": ("Voltage", "电压", "运行: {1}", "on", "no", "a" * 200, "#", "'\"\\", "", "é", "\u2028", "1", "Voltage"),
    "key": ("", "", "tag_1", "9", "Å"),
    "type": ("uint16", "int32", "float", "double", "BCD", "string", "ASCII 400", "bit", "bool", "", "??", "无符号", "INT64"),
    "length": ("", "1", "2", "4", "0", "999", "8 bytes", "x"),
    "unit": ("", "V", "0.1V", "℃", "%", "/", "a very long unit of something", "0V"),
    "scale": ("", "0.1", "/10", "10^-3", "0", "1/0", "1e300", "ten", "x0.01"),
    "function": ("", "03", "04", "0x01", "02", "06", "保持", "coil", "?"),
    "access": ("", "R", "W", "R/W", "只写"),
    "order": ("", "CDAB", "big endian", "little", "?"),
    "bit": ("", "3", "bit15", "16", "x"),
    "range": ("", "0-100", "100-0", "-40~80", "x", "1-1"),
    "states": ("", "0:停止 1:运行", "0=off;1=on", "70000=a;1=b", "note", "0:, 1:"),
}  # fmt: skip
ROWS = st.lists(st.tuples(*(st.sampled_from(CELLS[role]) for role in HEADER)), min_size=1, max_size=12)


@given(
    ROWS,
    st.builds(
        Options,
        base=st.sampled_from([None, 0, 1]),
        table=st.sampled_from([None, "holding", "input", "coil"]),
        divide=st.booleans(),
        order=st.sampled_from([None, "CDAB"]),
    ),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_dropped_and_what_is_made_passes_check(
    cells: list[tuple[str, ...]], options: Options
) -> None:
    rows = [Row(1, HEADER), *(Row(number, row) for number, row in enumerate(cells, 2))]
    made = draft(rows, find_columns(rows, {}), options)
    told = sorted([point.row for point in made.points] + [one.row for one in made.complaints])
    assert told == list(range(2, len(rows) + 1))
    if not made.points:
        return
    with TemporaryDirectory() as directory:
        types = Path(directory) / "types"
        types.mkdir()
        (types / "mine.yaml").write_text(page("mine", "Mine", "list.csv", made), encoding="utf-8")
        made_type = (
            Library(catalogue.driver_settings(), catalogue.shipped_types(), Path(directory)).page("mine").type
        )
    assert list(made_type.points) == [point.key for point in made.points]
