"""What only a disk can suffer: restarts, power cuts, damage, no space."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.domain.instant import Instant
from monitor.domain.rows import Row, Rows
from monitor.ports import Permanent
from monitor.storage.spool import DiskSpool, Quarantine
from tests.contracts.spool import T0, drain, samples

NOW = Instant(T0 / 1000, 50.0)


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.seg"))


class FullDisk:
    """`os.write` as the spool sees it: nothing fits while `full`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._write = os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, descriptor: int, data: bytes) -> int:
        if not self.full:
            return self._write(descriptor, data)
        if len(data) > 10:
            return self._write(descriptor, data[:10])  # the last bytes that fit
        raise OSError(errno.ENOSPC, "No space left on device")


class TestRestart:
    def test_goes_on_where_it_was(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(100))
        batch = spool.oldest(33)
        assert batch is not None
        spool.done(batch)
        spool.close()

        again = DiskSpool.open(tmp_path)
        assert again.depth == 67
        again.append(samples(10, 100))
        assert drain(again, 7) == samples(77, 33)
        again.close()

    def test_without_a_close_nothing_is_lost_or_sent_again(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(100))
        batch = spool.oldest(40)
        assert batch is not None
        spool.done(batch)

        again = DiskSpool.open(tmp_path)
        assert drain(again) == samples(60, 40)
        assert again.lost == 0

    def test_many_in_a_row_keep_order_and_count(self, tmp_path: Path) -> None:
        taken = []
        for i in range(20):
            spool = DiskSpool.open(tmp_path, max_bytes=64 * 1024)
            spool.append(samples(30, i * 30))
            batch = spool.oldest(20)
            assert batch is not None
            taken += batch.samples
            spool.done(batch)
            spool.close()
        assert taken + drain(DiskSpool.open(tmp_path)) == samples(600)

    def test_losses_are_counted_for_ever_and_dated(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, max_bytes=64 * 1024)
        for i in range(0, 20_000, 50):
            spool.append(samples(50, i))
        lost = spool.lost
        assert lost > 10_000
        spool.close()

        again = DiskSpool.open(tmp_path, max_bytes=64 * 1024)
        assert again.lost == lost
        assert again.lost_span is not None
        assert again.lost_span[0] == T0 / 1000
        assert again.lost_span[1] == pytest.approx((T0 + lost - 1) / 1000, abs=0.002)
        assert len(drain(again)) == 20_000 - lost
        assert again.lost == lost

    def test_delivered_files_go(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, max_bytes=1024 * 1024)
        for i in range(0, 20_000, 50):
            spool.append(samples(50, i))
        before = len(segments(tmp_path))
        drain(spool)
        assert before > 3
        assert len(segments(tmp_path)) == 1

    def test_too_old_goes(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, max_age=3600.0)
        spool.append(samples(10))
        spool.sync(NOW)
        assert spool.lost == 0
        spool.sync(NOW.after(7200))
        assert (spool.lost, spool.depth) == (10, 0)
        spool.append(samples(3, 10))
        assert drain(spool) == samples(3, 10)

    def test_a_device_whose_clock_is_years_behind_loses_nobody_a_reading(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, max_age=3600.0)
        late = Sample("old.p", T0 - 86_400_000 * 3000, 1.5, 0)
        spool.append([*samples(10), late])
        spool.sync(NOW)
        spool.sync(NOW.after(1800))
        assert (spool.lost, spool.depth) == (0, 11)
        assert drain(spool) == [*samples(10), late]

    def test_a_file_in_the_way_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "spool").write_text("")
        with pytest.raises(Permanent, match="spool"):
            DiskSpool.open(tmp_path / "spool")


class TestPowerCut:
    def test_the_gap_begins_at_the_last_sync(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, boot="one", started=NOW.wall - 60)
        spool.append(samples(10))
        spool.sync(NOW)

        again = DiskSpool.open(tmp_path, boot="two", started=NOW.wall + 90)
        assert again.gap == (NOW.wall, NOW.wall + 90)

    def test_a_killed_process_leaves_none(self, tmp_path: Path) -> None:
        DiskSpool.open(tmp_path, boot="one").sync(NOW)
        assert DiskSpool.open(tmp_path, boot="one").gap is None

    def test_a_clean_end_leaves_none(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path, boot="one")
        spool.sync(NOW)
        spool.close()
        assert DiskSpool.open(tmp_path, boot="two").gap is None

    @pytest.mark.parametrize("cut", [1, 7, 20, 60])
    def test_a_torn_end_is_ignored(self, tmp_path: Path, cut: int) -> None:
        spool = DiskSpool.open(tmp_path)
        for i in range(10):
            spool.append(samples(10, i * 10))
        (path,) = segments(tmp_path)
        os.truncate(path, path.stat().st_size - cut)

        again = DiskSpool.open(tmp_path)
        again.append(samples(5, 200))
        assert drain(again) == samples(90) + samples(5, 200)
        assert (again.corrupt, again.lost) == (0, 0)

    def test_an_empty_position_means_again_from_the_start(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(10))
        batch = spool.oldest(5)
        assert batch is not None
        spool.done(batch)
        (tmp_path / "position").write_text("")

        assert drain(DiskSpool.open(tmp_path)) == samples(10)


class TestDamage:
    @pytest.mark.parametrize("at", [3, 10, 25, 40])
    def test_a_damaged_record_is_stepped_over_and_counted(self, tmp_path: Path, at: int) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(5))
        (path,) = segments(tmp_path)
        first = path.stat().st_size
        for i in range(1, 10):
            spool.append(samples(5, i * 5))
        data = bytearray(path.read_bytes())
        data[first + at] ^= 0xFF
        path.write_bytes(data)

        again = DiskSpool.open(tmp_path)
        assert drain(again) == samples(5) + samples(40, 10)
        assert (again.corrupt, again.lost, again.depth) == (1, 5, 0)
        assert DiskSpool.open(tmp_path).lost == 5

    def test_damage_at_the_end_is_counted(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(5))
        spool.append(samples(5, 5))
        (path,) = segments(tmp_path)
        data = bytearray(path.read_bytes())
        data[-1] ^= 0xFF
        path.write_bytes(data)

        again = DiskSpool.open(tmp_path)
        assert drain(again) == samples(5)
        assert again.corrupt == 1

    def test_damaged_names_lose_only_what_they_named(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(1))
        spool.append(samples(9, 1))
        (path,) = segments(tmp_path)
        data = bytearray(path.read_bytes())
        data[12] ^= 0xFF
        path.write_bytes(data)

        again = DiskSpool.open(tmp_path)
        assert drain(again) == [s for s in samples(9, 1) if s.point != "e-0.p"]
        assert again.lost == 2

    def test_garbage_of_any_kind_never_stops_it(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(50))
        (path,) = segments(tmp_path)
        path.write_bytes(os.urandom(5000) + path.read_bytes() + b"\xa5W" * 100 + os.urandom(100))

        assert drain(DiskSpool.open(tmp_path)) == samples(50)

    def test_a_damaged_stretch_longer_than_what_is_read_at_once(self, tmp_path: Path) -> None:
        spool = DiskSpool.open(tmp_path)
        for i in range(0, 30_000, 50):
            spool.append(samples(50, i))
        (path,) = segments(tmp_path)
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle - 150_000 : middle + 150_000] = os.urandom(300_000)
        path.write_bytes(data)

        again = DiskSpool.open(tmp_path)
        found = drain(again, 1000)
        whole = samples(30_000)
        assert found[0] == whole[0]
        assert found[-1] == whole[-1]
        assert set(found) < set(whole)
        assert (again.corrupt, again.lost) == (1, 30_000 - len(found))


class TestFullDisk:
    def test_samples_wait_in_memory_and_reach_the_disk_in_order(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk = FullDisk(monkeypatch)
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(10))
        disk.full = True
        for i in range(1, 5):
            spool.append(samples(10, i * 10))
        spool.sync(NOW)
        assert spool.trouble == "No space left on device"
        disk.full = False
        spool.append(samples(10, 50))
        assert spool.trouble is None

        assert drain(DiskSpool.open(tmp_path)) == samples(60)

    def test_what_waits_in_memory_can_be_delivered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk = FullDisk(monkeypatch)
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(10))
        disk.full = True
        spool.append(samples(10, 10))
        batch = spool.oldest(15)
        disk.full = False
        spool.append(samples(10, 20))
        assert batch is not None
        spool.done(batch)

        assert list(batch.samples) == samples(15)
        assert drain(spool) == samples(15, 15)
        assert spool.lost == 0

    def test_what_reached_the_disk_late_is_not_passed_over_for_what_came_after_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk = FullDisk(monkeypatch)
        spool = DiskSpool.open(tmp_path)
        spool.append(samples(10))
        assert drain(spool) == samples(10)
        disk.full = True
        spool.append(samples(10, 10))
        disk.full = False
        spool.sync(NOW)
        spool.append(samples(10, 20))

        assert drain(spool) == samples(20, 10)

    def test_when_memory_is_full_too_the_oldest_go_and_are_counted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk = FullDisk(monkeypatch)
        spool = DiskSpool.open(tmp_path, tail_limit=100)
        spool.append(samples(20))
        disk.full = True
        for i in range(2, 30):
            spool.append(samples(10, i * 10))
        assert spool.lost >= 300 - 120
        disk.full = False

        assert drain(spool) == samples(300 - spool.lost, spool.lost)


CHILD = """
import sys
from pathlib import Path
from monitor.storage.spool import DiskSpool
from tests.contracts.spool import samples
spool = DiskSpool.open(Path(sys.argv[1]), max_bytes=4 * 1024 * 1024)
first = int(sys.argv[2])
for i in range(first, first + 1_000_000, 10):
    spool.append(samples(10, i))
    sys.stdout.write(f"{i + 10}\\n")
    sys.stdout.flush()
"""


def test_kill_9_in_the_middle_of_writing_loses_nothing_that_was_appended(tmp_path: Path) -> None:
    first, taken = 0, 0
    for round_ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(first)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(20 + 37 * round_):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        child.stdout.close()
        child.wait()
        said = max((int(line) for line in rest[:-1] if line), default=first)

        spool = DiskSpool.open(tmp_path)
        found = drain(spool, 1000)
        taken += len(found)
        # Whole records only, all that were acknowledged, at most one that was not yet.
        assert found == samples(len(found), first)
        assert len(found) % 10 == 0
        assert first + len(found) >= said
        assert (spool.lost, spool.corrupt) == (0, 0)
        spool.close()
        first += len(found)
    assert taken == first


def test_what_was_delivered_out_of_turn_is_not_delivered_again_after_a_restart(tmp_path: Path) -> None:
    spool = DiskSpool.open(tmp_path)
    spool.append(samples(500))
    mark = spool.appended
    spool.append(samples(300, 500))
    for batch in (spool.after(mark, 100), spool.oldest(50)):
        assert batch is not None
        spool.done(batch)
    spool.close()

    spool = DiskSpool.open(tmp_path)
    assert spool.depth == 650
    spool.append(samples(10, 800))
    new = spool.after(mark, 1000)
    assert new is not None
    assert list(new.samples) == samples(210, 600)
    assert drain(spool) == [*samples(450, 50), *samples(210, 600)]
    assert (spool.lost, spool.depth) == (0, 0)
    spool.close()


def test_damaged_records_before_what_was_delivered_are_passed_and_counted(tmp_path: Path) -> None:
    spool = DiskSpool.open(tmp_path)
    spool.append(samples(40))
    mark = spool.appended
    spool.append(samples(40, 40))
    new = spool.after(mark, 20)
    assert new is not None
    spool.done(new)
    spool.close()
    (segment,) = tmp_path.glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[30] ^= 0xFF
    segment.write_bytes(bytes(data))

    spool = DiskSpool.open(tmp_path)
    taken = drain(spool)
    # Names that stood only in the damaged record are lost with it; here they all did.
    assert taken == []
    assert spool.lost in (40, 60)
    spool.close()


def test_the_quarantine_gives_the_newest_first_and_bears_a_torn_line(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "q.jsonl", max_bytes=2000)
    assert quarantine.newest(10) == []
    for i in range(60):
        quarantine([(samples(1, i)[0], f"reason {i}")])
    assert [reason for _, reason in quarantine.newest(3)] == ["reason 59", "reason 58", "reason 57"]
    assert quarantine.newest(1)[0][0] == samples(1, 59)[0]
    with (tmp_path / "q.jsonl").open("a") as file:
        file.write('{"point": "e-1.p", "at')
    assert [reason for _, reason in quarantine.newest(2)] == ["reason 59"]
    assert len(quarantine.newest(1000)) > 10


def test_rows_are_the_same_from_memory_and_after_a_restart(tmp_path: Path) -> None:
    ids = tuple(f"meter.r{n}" for n in range(100))
    rows = Rows([Row(ids, T0 + at, range(0, 100, 7), [n / 10 for n in range(15)]) for at in range(40)])
    spool = DiskSpool.open(tmp_path)
    spool.append(rows)
    spool.append(samples(10))
    cut = spool.oldest(101)
    assert cut is not None
    assert list(cut.samples) == list(rows)[:101]
    spool.done(cut)
    left = spool.oldest(10_000)
    spool.close()
    assert left is not None
    again = DiskSpool.open(tmp_path)
    assert drain(again) == list(left.samples) == [*list(rows)[101:], *samples(10)]
    again.close()
