"""What every historian does, whatever stands behind it. A test class inherits this and gives the fixture `historian`."""

from __future__ import annotations

import random
import time

import pytest

from monitor.domain.history import Sample
from monitor.domain.point import Kind, Point
from monitor.domain.usage import Step
from monitor.engine.retrospect import activities, usages
from monitor.ports import Historian, Permanent
from monitor.storage.runs import HOLD_MS, edges, fold, sample_runs

_DAY = 86_400_000
_ONCE = 1_790_000_000_000 // 60_000 * 60_000
T0 = _ONCE + ((round(time.time() * 1000) - _ONCE) // _DAY - 3) * _DAY
"""A whole minute three to four days ago, in ms, always at the same time of day: no server calls that too old or too new."""
POINT = "pit-1.level"


def sample(
    seconds: float, value: float | int | bool | str | None, quality: int = 0, point: str = POINT
) -> Sample:
    return Sample(point, T0 + round(seconds * 1000), value, quality)


class HistorianContract:
    keeps_text = True
    """False: of a text value only the quality is kept."""
    numbers: tuple[float, ...] = (41, 1e300, -1e-9)
    """What must come back exactly, side by side."""

    async def test_what_was_written_is_read_in_order_of_time(self, historian: Historian) -> None:
        await historian.write([sample(2, 2.5), sample(1, 1.5), sample(3, -3.25)])

        assert [(s.at_ms - T0, s.value) for s in await historian.raw(POINT, T0, T0 + 10_000)] == [
            (1000, 1.5),
            (2000, 2.5),
            (3000, -3.25),
        ]

    async def test_writing_again_leaves_one(self, historian: Historian) -> None:
        batch = [sample(i, float(i)) for i in range(20)]
        await historian.write(batch)
        before = await historian.buckets(POINT, T0, T0 + 60_000, 3)
        await historian.write(batch)

        assert list(await historian.raw(POINT, T0, T0 + 60_000)) == batch
        assert await historian.buckets(POINT, T0, T0 + 60_000, 3) == before

    async def test_a_bad_sample_has_a_quality_and_no_value(self, historian: Historian) -> None:
        batch = [sample(0, 1.0), sample(1, None, 12), sample(2, 2.0, 1)]
        await historian.write(batch)

        assert list(await historian.raw(POINT, T0, T0 + 60_000)) == batch

    async def test_text_numbers_and_truth_values_come_back_equal(self, historian: Historian) -> None:
        text = 'E-07 "door", 門\\=\n open'
        batch = [
            sample(0, text, point="lift-1.fault"),
            sample(1, "", point="lift-1.fault"),
            sample(0, True, point="pit-1.running"),
            sample(1, False, point="pit-1.running"),
            *(sample(i, number, point="pit-1.starts") for i, number in enumerate(self.numbers)),
        ]
        await historian.write(batch)

        for point in ("lift-1.fault", "pit-1.running", "pit-1.starts"):
            expected = [s for s in batch if s.point == point]
            if not self.keeps_text and point == "lift-1.fault":
                expected = [s._replace(value=None) for s in expected]
            assert list(await historian.raw(point, T0, T0 + 60_000)) == expected

    async def test_the_end_is_outside_and_the_last_sample_before_the_start_comes_first(
        self, historian: Historian
    ) -> None:
        await historian.write([sample(s, float(s)) for s in (0, 5, 10, 15, 20)])

        values = [s.value for s in await historian.raw(POINT, T0 + 10_000, T0 + 20_000)]
        assert values == [5.0, 10.0, 15.0]

    async def test_a_limit_counts_from_the_start(self, historian: Historian) -> None:
        await historian.write([sample(s, float(s)) for s in range(10)])

        values = [s.value for s in await historian.raw(POINT, T0 + 2000, T0 + 60_000, limit=3)]
        assert values == [1.0, 2.0, 3.0, 4.0]

    async def test_several_points_are_each_read_as_if_alone(self, historian: Historian) -> None:
        await historian.write(
            [sample(s, float(s), point=p) for s in (0, 5, 10) for p in (POINT, "pit-1.flow")]
        )
        points = [POINT, "pit-9.level", "pit-1.flow"]

        found = await historian.several(points, T0 + 5_000, T0 + 20_000)
        assert {point: [s.value for s in found[point]] for point in points} == {
            POINT: [0.0, 5.0, 10.0],
            "pit-9.level": [],
            "pit-1.flow": [0.0, 5.0, 10.0],
        }
        then = await historian.several(points, T0 + 10_000, T0 + 10_000)
        assert [[s.value for s in then[point]] for point in points] == [[5.0], [], [5.0]]

    async def test_many_points_are_each_read_as_if_alone(self, historian: Historian) -> None:
        """A moment of a whole site, and a stretch of it: an odd one out in every way."""
        points = [f"mdb-1.p{i}" for i in range(12)] + [POINT, "pit-9.level", "gone-7.level"]
        given = [sample(at, at / 7, point=point) for point in points[:12] for at in range(0, 60, 5)]
        given += [sample(-3 * 86_400, 4.5), sample(21, None, 12, point="mdb-1.p3")]
        given += [sample(1, 8.0, point="gone-7.level"), sample(22, 3.25, 1, point="mdb-1.p4")]
        await historian.write(given)

        for start, end in ((0, 0), (23, 23), (20_000, 41_000), (0, 60_000), (T0, T0)):
            span = (T0 + start, T0 + end) if start != T0 else (T0 - 86_400_000, T0 - 86_400_000)
            found = await historian.several(points, *span, 5)
            alone = {point: list(await historian.raw(point, *span, 5)) for point in points}
            assert {point: list(samples) for point, samples in found.items()} == alone
        then = await historian.several(points, T0 + 24_000, T0 + 24_000)
        assert [s.value for s in then["mdb-1.p3"]] == [None]
        assert [(s.value, s.quality) for s in then["mdb-1.p4"]] == [(3.25, 1)]
        assert [s.value for s in then[POINT]] == [4.5]

    async def test_an_unknown_point_is_a_gap(self, historian: Historian) -> None:
        assert list(await historian.raw("pit-9.level", T0, T0 + 60_000)) == []
        (bucket,) = await historian.buckets("pit-9.level", T0, T0 + 60_000, 1)
        assert (bucket.count, bucket.minimum, bucket.mean, bucket.maximum, bucket.last) == (
            0,
            None,
            None,
            None,
            None,
        )

    async def test_a_mean_is_weighted_by_time(self, historian: Historian) -> None:
        await historian.write([sample(0, 10.0), sample(45, 30.0), sample(60, 0.0)])

        (bucket,) = await historian.buckets(POINT, T0, T0 + 60_000, 1)
        assert bucket.mean == pytest.approx((45 * 10 + 15 * 30) / 60)
        assert (bucket.count, bucket.minimum, bucket.maximum, bucket.last) == (2, 10.0, 30.0, 30.0)

    async def test_an_unchanged_value_fills_the_buckets_until_the_next_sample(
        self, historian: Historian
    ) -> None:
        await historian.write([sample(0, 7.0), sample(60, 8.0)])

        buckets = await historian.buckets(POINT, T0, T0 + 60_000, 6)
        assert [b.mean for b in buckets] == [7.0] * 6
        assert [b.count for b in buckets] == [1, 0, 0, 0, 0, 0]
        assert [(b.start_ms - T0, b.end_ms - T0) for b in buckets][1] == (10_000, 20_000)

    async def test_a_silence_is_a_gap_after_two_and_a_half_heartbeats(self, historian: Historian) -> None:
        await historian.write([sample(0, 7.0), sample(600, 9.0)])

        buckets = await historian.buckets(POINT, T0, T0 + 600_000, 10)
        assert [b.mean for b in buckets] == [7.0] * 3 + [None] * 7
        assert [b.last for b in buckets] == [7.0] * 3 + [None] * 7

    async def test_bad_time_is_neither_in_the_mean_nor_in_the_good_share(self, historian: Historian) -> None:
        await historian.write([sample(0, 4.0), sample(30, None, 12), sample(45, 6.0), sample(60, 6.0)])

        (bucket,) = await historian.buckets(POINT, T0, T0 + 60_000, 1)
        assert bucket.mean == pytest.approx((30 * 4 + 15 * 6) / 45)
        assert bucket.good_share == pytest.approx(0.75)

    async def test_a_spike_shows_in_the_maximum_of_a_long_range(self, historian: Historian) -> None:
        quiet = [sample(i * 60, 1.0) for i in range(1440)]
        await historian.write(quiet)
        await historian.write([sample(43_230, 99.0), sample(43_231, 1.0)])

        buckets = await historian.buckets(POINT, T0, T0 + 86_400_000, 7)
        assert [b.maximum for b in buckets] == [1.0, 1.0, 1.0, 99.0, 1.0, 1.0, 1.0]
        assert sum(b.count for b in buckets) == 1442
        assert all(b.good_share == 1.0 for b in buckets)

    async def test_late_data_is_in_the_buckets(self, historian: Historian) -> None:
        late = [sample(i * 60, float(i % 7)) for i in range(300)]
        await historian.write(late[200:])
        await historian.write(late[:100])
        await historian.write(late[100:200])

        buckets = await historian.buckets(POINT, T0, T0 + 300 * 60_000, 4)
        assert [b.count for b in buckets] == [75] * 4
        assert sum(b.mean or 0 for b in buckets) / 4 == pytest.approx(sum(i % 7 for i in range(300)) / 300)

    @pytest.mark.parametrize("width", [60, 900, 6 * 3600])
    async def test_buckets_of_every_width_are_those_of_the_samples(
        self, historian: Historian, width: int
    ) -> None:
        """Whatever is summed up beforehand: minutes, quarters, days, and what comes of them."""
        rng = random.Random(7)
        given, at = [], 0.0
        while at < 36 * 3600:
            quality = rng.choice([0] * 8 + [1, 12])
            given.append(sample(at, None if quality == 12 else round(rng.uniform(-5, 5), 3), quality))
            at += rng.choice([20, 45, 60, 120, 400])
        await historian.write(given)

        end_ms = T0 + 36 * 3_600_000
        count = 36 * 3600 // width
        expected = fold(sample_runs(given), edges(T0, end_ms, count), HOLD_MS)
        found = await historian.buckets(POINT, T0, end_ms, count)
        for one, other in zip(found, expected, strict=True):
            assert (one.start_ms, one.end_ms, one.count) == (other.start_ms, other.end_ms, other.count)
            assert (one.minimum, one.maximum, one.last) == (other.minimum, other.maximum, other.last)
            assert one.mean == pytest.approx(other.mean)
            assert one.good_share == pytest.approx(other.good_share)

    async def test_what_a_counter_counted_over_a_roll_over_and_another_meter(
        self, historian: Historian
    ) -> None:
        meter = Point("pit-1", "level", kind=Kind.COUNTER, unit="kWh", rollover=1000.0)
        shown = [990.0, 998.0, 4.0, 10.0, None, 12.0, 700.0, 500.0, 510.0]
        given = [sample(i * 600, value, 0 if value is not None else 12) for i, value in enumerate(shown)]
        await historian.write(given)

        spans = [(T0, T0 + 3_600_000), (T0 + 3_600_000, T0 + 7_200_000)]
        found = await usages(historian, meter, spans)
        kinds = [[one.kind for one in usage.breaks] for usage in found]
        assert [usage.amount for usage in found] == [22.0, 698.0]
        assert kinds == [[Step.ROLLOVER], [Step.REPLACED]]
        assert [usage.exact for usage in found] == [True, False]

    async def test_hours_and_starts_of_a_signal(self, historian: Historian) -> None:
        pump = Point("pit-1", "running", kind=Kind.DISCRETE)
        on = [i % 20 < 5 for i in range(120)]
        given = [sample(i * 60, value, point="pit-1.running") for i, value in enumerate(on)]
        given += [sample(121 * 60, None, 12, point="pit-1.running")]
        await historian.write(given)

        (hour, rest) = await activities(
            historian, pump, [(T0, T0 + 3_600_000), (T0 + 3_600_000, T0 + 4 * 3_600_000)]
        )
        assert (hour.on_ms, hour.known_ms, hour.starts) == (15 * 60_000, 3_600_000, 2)
        assert (rest.on_ms, rest.known_ms, rest.starts) == (15 * 60_000, 61 * 60_000, 3)

    async def test_what_can_never_be_stored_is_rejected_alone(self, historian: Historian) -> None:
        nonsense = sample(1, float("nan"))
        written = await historian.write([sample(0, 1.0), nonsense, sample(2, 2.0)])

        assert [(s.at_ms, "finite" in reason) for s, reason in written.rejected] == [(nonsense.at_ms, True)]
        assert [s.value for s in await historian.raw(POINT, T0, T0 + 60_000)] == [1.0, 2.0]

    async def test_buckets_of_nothing_are_an_error(self, historian: Historian) -> None:
        with pytest.raises(ValueError):
            await historian.buckets(POINT, T0, T0, 10)
        with pytest.raises(ValueError):
            await historian.buckets(POINT, T0, T0 + 1000, 0)

    async def test_it_knows_its_points(self, historian: Historian) -> None:
        await historian.write(
            [sample(0, 1.0), sample(0, "E-07", point="lift-1.fault"), sample(1, None, 12, "pit-1.starts")]
        )
        points = await historian.points()
        assert {POINT, "lift-1.fault", "pit-1.starts"} <= set(points)
        assert len(points) == len(set(points))
        assert all(point.count(".") == 1 for point in points)

    async def test_looking_at_it_stores_nothing_and_finds_it_in_order(self, historian: Historian) -> None:
        await historian.write([sample(0, 1.0)])
        findings = await historian.inspect()
        assert findings
        assert [finding.text for finding in findings if not finding.good] == []
        assert await historian.raw(POINT, T0, T0 + 60_000) == [sample(0, 1.0)]

    async def test_closing_twice_is_harmless_and_ends_writing(self, historian: Historian) -> None:
        await historian.close()
        await historian.close()
        with pytest.raises(Permanent):
            await historian.write([sample(0, 1.0)])
