"""What a reload changes, told in words: one edit of the files, one line that a person understands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.catalogue import driver_settings, notifier_settings
from monitor.settings import load
from monitor.settings.difference import MOST, difference
from monitor.settings.site import Channel, Secret, Site
from tests.support.yaml_text import read_yaml, write_yaml

CONFIG = Path(__file__).parents[2] / "config"
Json = dict[str, Any]


def read(directory: Path) -> Site:
    return load(directory, driver_settings(), notifier_settings(), types=CONFIG / "types")


@pytest.fixture(scope="module")
def before() -> Site:
    return read(CONFIG)


@pytest.fixture
def edit(tmp_path: Path, before: Site) -> Callable[..., tuple[str, ...]]:
    """Edit one file of the ready site; what then differs."""

    def edited(file: str, change: Callable[[Json], object]) -> tuple[str, ...]:
        for path in CONFIG.glob("*.yaml"):
            shutil.copyfile(path, tmp_path / path.name)
        if file.startswith("types/"):
            (tmp_path / "types").mkdir()
            shutil.copyfile(CONFIG / file, tmp_path / file)
        content = read_yaml(tmp_path / file)
        change(content)
        write_yaml(tmp_path / file, content)
        return difference(before, read(tmp_path))

    return edited


def of(items: list[Json], id_: str) -> Json:
    return next(item for item in items if item["id"] == id_)


EDITS: list[tuple[str, str, Callable[[Json], object], tuple[str, ...]]] = [
    ("language", "site.yaml", lambda c: c["site"].update(language="en"), ("site: language zh-Hant -> en",)),
    (
        "a grade",
        "site.yaml",
        lambda c: c["site"].update(grade=2),
        (
            "grade: name 1 -> 2",
            "grade: lamps 0.95 -> 0.9",
            "grade: urgent_on_site 30 min -> 1 h",
            "equipment lamps-a, lamps-b: alarm lamps: limit 0.95 -> 0.9",
        ),
    ),
    (
        "how long history is kept",
        "site.yaml",
        lambda c: c["historian"].update(retention="30d"),
        ("historian: retention 90 d -> 30 d",),
    ),
    (
        "a bus that answers slowly",
        "site.yaml",
        lambda c: c["connections"]["plantroom"].update(timeout="2s", url="tcp://127.0.0.1:5021"),
        (
            "connection plantroom: url tcp://127.0.0.1:5020 -> tcp://127.0.0.1:5021",
            "connection plantroom: timeout 1 s -> 2 s",
        ),
    ),
    (
        "another channel",
        "site.yaml",
        lambda c: c["channels"].update(second={"notifier": "simulated"}),
        ("channel second: added",),
    ),
    (
        "a limit at one equipment",
        "equipment.yaml",
        lambda c: of(c["equipment"], "mdb-1").setdefault("set", {}).update({"undervoltage.limit": 190}),
        ("equipment mdb-1: alarm undervoltage: limit 198 -> 190",),
    ),
    (
        "a delay of a type, for all that are of it",
        "types/zigbee2mqtt-leak.yaml",
        lambda c: c["alarms"]["leak"].update(off_delay="5m"),
        (
            "equipment leak-b1-01, leak-b1-02, leak-b1-03, leak-b2-04, leak-b2-05 and 1 more: "
            "alarm leak: off_delay 10 s -> 5 min",
        ),
    ),
    (
        "a person's telephone, which is nobody's business",
        "people.yaml",
        lambda c: of(c["people"], "chen").update(phone="+8613900000001"),
        ("person chen: phone changed",),
    ),
    (
        "a crew",
        "people.yaml",
        lambda c: c["roster"][2].update(always=["wang"]),
        ("roster manager: changed",),
    ),
    (
        "who is told",
        "people.yaml",
        lambda c: c["escalation"].pop(),
        ("escalation: 3 -> 2 policies",),
    ),
    (
        "the steps of a policy",
        "people.yaml",
        lambda c: c["escalation"][2]["steps"].pop(),
        ("escalation policy 3: steps changed",),
    ),
]


@pytest.mark.parametrize(("file", "change", "lines"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_an_edit_is_told_in_words(
    edit: Callable[..., tuple[str, ...]],
    file: str,
    change: Callable[[Json], object],
    lines: tuple[str, ...],
) -> None:
    assert edit(file, change) == lines


def test_nothing_changed_says_nothing(before: Site) -> None:
    assert difference(before, read(CONFIG)) == ()


def test_equipment_comes_and_goes_with_its_alarms_unmentioned(edit: Callable[..., tuple[str, ...]]) -> None:
    def change(content: Json) -> None:
        content["equipment"].append(of(content["equipment"], "leak-b2-06") | {"id": "leak-b2-09"})

    assert edit("equipment.yaml", change) == ("equipment leak-b2-09: added",)


def test_points_of_a_type_that_moved(edit: Callable[..., tuple[str, ...]]) -> None:
    def change(content: Json) -> None:
        content["points"]["v_l2"]["range"] = [0, 300]
        content["points"].pop("energy")

    assert edit("types/eastron-sdm630.yaml", change) == (
        "equipment mdb-1: points removed: energy",
        "equipment mdb-1: point v_l2: range [0, 400] -> [0, 300]",
    )


def test_rounds_name_what_changed(edit: Callable[..., tuple[str, ...]]) -> None:
    lines = edit("rounds.yaml", lambda c: c["rounds"][0].update(grace="20m"))
    assert len(lines) == 1
    assert lines[0].startswith("round ")
    assert lines[0].endswith("-> 20 min")


def test_no_secret_is_ever_shown(before: Site) -> None:
    old = replace(before, journal=replace(before.journal, password=Secret("hunter1")))
    new = replace(before, journal=replace(before.journal, password=Secret("hunter2")))
    assert difference(old, new) == ("journal: password changed",)
    assert difference(before, new) == ("journal: password changed",)


def test_another_kind_of_channel_is_one_line(before: Site) -> None:
    other = replace(before.channels["phone"], notifier="kannel", settings=Secret("x"))
    lines = difference(before, replace(before, channels={"phone": other}))
    assert lines[0] == "channel phone: notifier simulated -> kannel"
    assert "x" not in lines[1].split(" -> ")


def test_a_thousand_changes_do_not_drown_the_log(before: Site) -> None:
    channels = {f"c{i}": Channel(f"c{i}", f"kind-{i}", None) for i in range(1000)}
    moved = {id_: replace(one, notifier=f"{one.notifier}x") for id_, one in channels.items()}
    added = difference(before, replace(before, channels=before.channels | channels))
    assert added == ("channel c0, c1, c2, c3, c4 and 995 more: added",)
    lines = difference(replace(before, channels=channels), replace(before, channels=moved))
    assert len(lines) == MOST + 1
    assert lines[-1] == "and 800 more"
