from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from monitor.domain.history import Sample
from monitor.domain.rows import Row, Rows
from monitor.storage.history_influx import PointAddress
from monitor.storage.history_influx.lines import Lines

ODD = PointAddress("a b,c=d", "é=門, x", "sys tem", "k=e,y z", "s")


def written(*samples: Sample, catalogue: dict[str, PointAddress] | None = None) -> str:
    lines, count = Lines(catalogue or {"a.b": PointAddress("meter", "a", "power", "b", "site")}).write(
        samples
    )
    assert count == len(lines.splitlines())
    return lines.decode()


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (1.5, "b=1.5"),
        (7, "b=7"),
        (True, "b=1"),
        (False, "b=0"),
        (1e300, "b=1e+300"),
        ('say "a\\b"', 'b.text="say \\"a\\\\b\\""'),
    ],
)
def test_values_and_their_quality(value: float | bool | str, field: str) -> None:
    assert (
        written(Sample("a.b", 5, value, 1))
        == f"meter,equipment=a,site=site,system=power {field},b.quality=1 5"
    )


def test_no_value_leaves_only_the_quality() -> None:
    assert written(Sample("a.b", 5, None, 12)) == "meter,equipment=a,site=site,system=power b.quality=12 5"


def test_names_are_escaped_as_influxdbs_own_client_does() -> None:
    ours = written(Sample("x.y", 5, 1.5, 0), catalogue={"x.y": ODD})
    theirs = (
        Point(ODD.type)
        .tag("equipment", ODD.equipment)
        .tag("site", ODD.site)
        .tag("system", ODD.system)
        .field(ODD.key, 1.5)
        .field(ODD.quality, 0.0)
        .time(datetime.fromtimestamp(0.005, UTC), WritePrecision.MS)
        .to_line_protocol()
    )
    assert ours.replace("1.5", "1.5") == theirs.replace(".quality=0", ".quality=0")


def test_a_line_break_in_a_name_cannot_begin_a_line() -> None:
    odd = PointAddress("a\nb", "c\nd", "e", "f\ng")
    assert "\n" not in written(Sample("x.y", 5, 1.5, 0), catalogue={"x.y": odd})


def test_a_point_that_left_the_configuration_is_kept_under_its_own_name() -> None:
    assert written(Sample("old-1.level", 5, 1.5, 0)) == (
        "unconfigured,equipment=old-1,site=site level=1.5,level.quality=0 5"
    )


def test_samples_of_one_scan_share_a_line_and_others_do_not() -> None:
    catalogue = {f"{e}.{k}": PointAddress("m", e, "", k) for e in "ab" for k in "pq"}
    assert written(
        Sample("a.p", 1, 1.0, 0), Sample("a.q", 1, 2.0, 0), Sample("b.p", 1, 3.0, 0), Sample("b.p", 2, 4.0, 0),
        catalogue=catalogue,
    ).splitlines() == [
        "m,equipment=a p=1.0,p.quality=0,q=2.0,q.quality=0 1",
        "m,equipment=b p=3.0,p.quality=0 1",
        "m,equipment=b p=4.0,p.quality=0 2",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1.5, -2.0, 7, True, "on"])), min_size=1))
def test_a_row_is_the_line_of_its_samples(given: list[tuple[int, float | str]]) -> None:
    ids = tuple(f"pit 1.p={n}" for n in range(4))
    places = dict(given)
    rows = Rows([Row(ids, at, list(places), list(places.values())) for at in (5, 6)])
    catalogue = {id_: PointAddress("pit", "pit 1", "drain", id_.partition(".")[2], "s") for id_ in ids}
    assert Lines(catalogue).write(rows) == Lines(catalogue).write(list(rows))
