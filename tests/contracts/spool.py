"""What every spool does, on disk or in memory. A test class inherits this and gives the fixtures `spool` and `small_spool`."""

from __future__ import annotations

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.ports import Spool

T0 = 1_790_000_000_000


def samples(count: int, first: int = 0) -> list[Sample]:
    kinds: list[float | int | bool | str | None] = [1.5, 7, True, False, "門 \n", None, 2**70, -3]
    return [
        Sample(f"e-{i % 5}.p", T0 + i, kinds[i % len(kinds)], 0 if kinds[i % len(kinds)] is not None else 12)
        for i in range(first, first + count)
    ]


def drain(spool: Spool, limit: int = 100) -> list[Sample]:
    out: list[Sample] = []
    while (batch := spool.oldest(limit)) is not None:
        out += batch.samples
        spool.done(batch)
    return out


class SpoolContract:
    def test_what_goes_in_comes_out_in_order_with_its_types(self, spool: Spool) -> None:
        given = samples(1000)
        for i in range(0, 1000, 7):
            spool.append(given[i : i + 7])

        taken = drain(spool, 64)
        assert taken == given
        assert [type(s.value) for s in taken] == [type(s.value) for s in given]
        assert spool.depth == 0
        assert spool.lost == 0

    def test_an_empty_one_gives_nothing(self, spool: Spool) -> None:
        assert spool.oldest(10) is None
        spool.append([])
        assert spool.oldest(10) is None
        assert spool.depth == 0

    def test_the_oldest_stay_until_they_are_done(self, spool: Spool) -> None:
        spool.append(samples(10))
        first = spool.oldest(4)
        again = spool.oldest(6)

        assert first is not None
        assert again is not None
        assert list(first.samples) == samples(4)
        assert list(again.samples) == samples(6)
        assert spool.depth == 10

    def test_a_smaller_batch_after_a_larger_one_may_be_done(self, spool: Spool) -> None:
        spool.append(samples(10))
        spool.oldest(10)
        smaller = spool.oldest(3)
        assert smaller is not None
        spool.done(smaller)

        assert spool.depth == 7
        assert drain(spool) == samples(7, 3)

    def test_what_is_appended_under_way_is_not_forgotten_with_the_batch(self, spool: Spool) -> None:
        spool.append(samples(5))
        batch = spool.oldest(100)
        spool.append(samples(5, 5))
        assert batch is not None
        spool.done(batch)

        assert drain(spool) == samples(5, 5)

    def test_too_much_drops_the_oldest_and_counts_each(self, small_spool: Spool) -> None:
        given = samples(60_000)
        for i in range(0, len(given), 50):
            small_spool.append(given[i : i + 50])

        assert small_spool.lost > 0
        taken = drain(small_spool)
        assert taken == given[-len(taken) :]
        assert small_spool.lost == len(given) - len(taken)

    def test_a_batch_under_way_while_it_is_dropped_was_not_lost(self, small_spool: Spool) -> None:
        given = samples(60_000)
        small_spool.append(given[:100])
        batch = small_spool.oldest(100)
        for i in range(100, len(given), 50):
            small_spool.append(given[i : i + 50])
        assert batch is not None
        small_spool.done(batch)

        taken = drain(small_spool)
        assert taken == given[-len(taken) :]
        assert small_spool.lost == len(given) - len(taken) - 100

    def test_syncing_and_closing_at_any_time_are_harmless(self, spool: Spool) -> None:
        spool.sync(Instant(T0 / 1000, 0.0))
        spool.append(samples(3))
        spool.sync(Instant(T0 / 1000 + 1, 1.0))
        assert spool.depth == 3
        spool.close()
        spool.close()

    def test_durable_follows_what_was_appended_at_a_sync_and_never_falls(self, spool: Spool) -> None:
        start = spool.appended
        spool.append(samples(5))
        assert spool.appended == start + 5
        assert spool.durable <= spool.appended
        spool.sync(Instant(T0 / 1000, 0.0))
        assert spool.durable == start + 5
        drain(spool)
        spool.append(samples(2, 5))
        assert start + 5 <= spool.durable <= spool.appended == start + 7
        spool.sync(Instant(T0 / 1000 + 1, 1.0))
        assert spool.durable == start + 7

    def test_what_is_new_can_be_taken_before_what_is_old(self, spool: Spool) -> None:
        spool.append(samples(100))
        mark = spool.appended
        spool.append(samples(50, 100))
        new = spool.after(mark, 30)
        assert new is not None
        assert (list(new.samples), new.start, new.position) == (samples(30, 100), mark, mark + 30)
        spool.done(new)
        assert spool.depth == 120
        more = spool.after(mark, 30)
        assert more is not None
        assert list(more.samples) == samples(20, 130)

        old = spool.oldest(1000)
        assert old is not None
        assert list(old.samples) == samples(100)
        spool.done(old)
        assert list(drain(spool)) == samples(20, 130)
        assert (spool.depth, spool.lost) == (0, 0)
        assert spool.after(mark, 10) is None

    def test_old_and_new_in_turn_give_each_sample_once(self, spool: Spool) -> None:
        given = samples(3000)
        spool.append(given[:2000])
        mark, taken = spool.appended, []
        for i in range(2000, 3000, 10):
            spool.append(given[i : i + 10])
            for batch in (spool.after(mark, 7), spool.oldest(13)):
                if batch is not None:
                    taken += batch.samples
                    spool.done(batch)
        taken += drain(spool)
        assert sorted(taken, key=lambda s: s.at_ms) == given
        assert (spool.depth, spool.lost) == (0, 0)

    def test_what_was_delivered_out_of_turn_is_not_lost_when_the_old_gives_way(
        self, small_spool: Spool
    ) -> None:
        given = samples(60_000)
        small_spool.append(given[:100])
        mark = small_spool.appended
        small_spool.append(given[100:160])
        new = small_spool.after(mark, 1000)
        assert new is not None
        small_spool.done(new)
        for i in range(160, len(given), 50):
            small_spool.append(given[i : i + 50])

        taken = drain(small_spool)
        assert taken == given[-len(taken) :]
        assert small_spool.lost == len(given) - len(taken) - 60

    def test_new_ones_under_way_while_they_are_dropped_were_not_lost(self, small_spool: Spool) -> None:
        given = samples(60_000)
        small_spool.append(given[:100])
        mark = small_spool.appended
        small_spool.append(given[100:160])
        new = small_spool.after(mark, 1000)
        for i in range(160, len(given), 50):
            small_spool.append(given[i : i + 50])
        assert new is not None
        small_spool.done(new)

        taken = drain(small_spool)
        assert small_spool.lost == len(given) - len(taken) - 60
