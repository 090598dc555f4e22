"""The ready site and every shipped type load with the real drivers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

import drivers.modbus.settings
import drivers.mqtt.settings
from monitor.domain.rules import AvailabilityBelow
from monitor.settings import describe, load
from monitor.settings.site import Site
from tests.settings.models import Simulated

CONFIG = Path(__file__).parents[2] / "config"
DRIVERS = {"modbus": drivers.modbus.settings.SETTINGS, "mqtt": drivers.mqtt.settings.SETTINGS}
NOTIFIERS: dict[str, type[BaseModel]] = {"simulated": Simulated}


@pytest.fixture(scope="module")
def site() -> Site:
    return load(CONFIG, DRIVERS, NOTIFIERS, types=CONFIG / "types")


def test_nothing_is_replaced_by_itself(site: Site) -> None:
    assert not [notice for notice in site.notices if "replaces" in notice]


def test_every_rule_says_what_to_do_first_in_every_language(site: Site) -> None:
    rules = [rule for one in site.equipment.values() for rule in one.rules] + list(site.round_rules)
    assert [rule.id for rule in rules if set(rule.card.action) != {"en", "zh-Hant", "zh-Hans"}] == []
    assert [rule.id for rule in rules if not {"en", "zh-Hant", "zh-Hans"} <= set(rule.title)] == []


def test_lamps_on_coils_and_on_packed_words(site: Site) -> None:
    coils = site.equipment["lamps-a"].source
    words = site.equipment["lamps-b"].source
    assert str(coils.sources[120].settings.read).endswith("119")
    assert str(words.sources[17].settings.read) != str(words.sources[1].settings.read)
    assert (words.sources[17].settings.bit, words.sources[1].settings.bit) == (0, 0)


def test_the_lamp_limit_is_the_grades(site: Site) -> None:
    lamps = next(rule for rule in site.equipment["lamps-a"].rules if rule.id == "lamps-a.lamps")
    assert isinstance(lamps.condition, AvailabilityBelow)
    assert (lamps.condition.limit, len(lamps.condition.points)) == (0.95, 120)


def test_topics_are_the_equipments_own(site: Site) -> None:
    assert set(site.equipment["lift-1"].source.groups) == {"lifts/1", "lifts/1/availability"}


def test_the_same_site_with_types_elsewhere(site: Site, tmp_path: Path) -> None:
    for path in CONFIG.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    elsewhere = load(tmp_path, DRIVERS, NOTIFIERS, types=CONFIG / "types")
    assert describe(elsewhere) == describe(site)
