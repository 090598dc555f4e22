"""`causes:` and `fed_by:` as they are meant."""

from __future__ import annotations

from pathlib import Path

from monitor.settings.description import describe
from monitor.settings.difference import difference
from monitor.settings.site import Site
from tests.settings.models import load_fixture

HEAD = """site: {id: s, name: S, timezone: Asia/Shanghai}
connections:
  bus: {driver: bus, url: x}
equipment:
  - {id: mdb, type: meter, name: Main, connection: bus, device_id: 1}
  - {id: sub, type: meter, name: Sub, connection: bus, device_id: 2, fed_by: mdb}
  - {id: far, type: meter, name: Far, connection: bus, device_id: 3, fed_by: sub}
  - {id: own, type: meter, name: Own, connection: bus, device_id: 4}
causes:
"""


def load(directory: Path, causes: str) -> Site:
    (directory / "site.yaml").write_text(HEAD + causes)
    return load_fixture(directory)


def test_a_board_explains_what_it_feeds_over_other_boards_too(tmp_path: Path) -> None:
    site = load(tmp_path, "  - {cause: mdb.tripped, kinds: [state, comm]}\n")
    [cause] = site.causes
    kinds = ("comm", "tripped", "stopped")
    assert cause.children == {f"{one}.{kind}" for one in ("sub", "far") for kind in kinds}
    assert (cause.within, cause.settle) == (30.0, 30.0)
    assert "mdb.tripped: 6 alarms of 2 pieces of equipment, from 30s before it until 30s" in describe(site)


def test_single_alarms_are_meant_whatever_their_kind_and_its_own_equipment_means_the_others(
    tmp_path: Path,
) -> None:
    site = load(
        tmp_path,
        "  - {cause: own.tripped, of: [own, sub.undervoltage], kinds: [state], within: 1m, settle: 0s}\n",
    )
    [cause] = site.causes
    assert cause.children == {"own.stopped", "sub.undervoltage"}
    assert (cause.within, cause.settle) == (60.0, 0.0)


def test_a_cause_less_urgent_than_its_children_is_worth_a_word(tmp_path: Path) -> None:
    site = load(tmp_path, "  - {cause: mdb.stopped, of: [sub.tripped, far.very_low]}\n")
    assert (
        "mdb.stopped is less urgent than sub.tripped: these are told all the same" in site.notices
    )  # critical ones are told anyway, that goes without saying


def test_what_changes_is_said_in_words(tmp_path: Path) -> None:
    before = load(tmp_path, "  - {cause: mdb.tripped, of: [sub.tripped]}\n")
    after = load(tmp_path, "  - {cause: mdb.tripped, of: [far.tripped], within: 1m}\n")
    assert set(difference(before, after)) == {
        "cause mdb.tripped: within 30 s -> 1 min",
        "cause mdb.tripped: explains far.tripped",
        "cause mdb.tripped: no longer explains sub.tripped",
    }
