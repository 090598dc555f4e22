"""The ready site's own people, names and cards, from an alarm to the text on a telephone."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from monitor import catalogue
from monitor.domain import escalation
from monitor.domain.rules import AlarmRule, Leak, Verdict
from monitor.domain.sms import parts
from monitor.engine.alarming import Alarming
from monitor.engine.dispatching import Dispatching
from monitor.engine.live import Live
from monitor.engine.round_rules import people_rules
from monitor.engine.selfwatch import own_rules
from monitor.engine.supervision import Supervision
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.notifiers.simulated import SimulatedPhone, SimulatedSettings
from monitor.settings.loader import load
from monitor.settings.site import Site
from tests.engine.house import MemoryJournal, at
from tests.support.clock import VirtualClock, settle


@pytest.fixture(scope="module")
def site() -> Site:
    return load(
        catalogue.shipped_site(),
        catalogue.driver_settings(),
        catalogue.notifier_settings(),
        types=catalogue.shipped_types(),
    )


def reported(rule: AlarmRule) -> AlarmRule:
    """The same rule without delay."""
    return replace(rule, on_delay=0.0)


async def told(site: Site, rule_id: str, value: float | bool) -> list[str]:
    """Texts on the telephones, after one alarm of the site at 11:10 local time."""
    clock, journal, tally = VirtualClock(wall=at("2026-11-23T03:10")), MemoryJournal(), Tally()
    rules = [reported(rule) for one in site.equipment.values() for rule in one.rules]
    rules += [*people_rules(site.rounds), *own_rules()]
    writer = JournalWriter(journal, clock, tally)
    live = Live({rule.id: rule for rule in rules}, site.equipment, lambda _: (), lambda _: None)
    plan = partial(escalation.plan, site.policies)
    alarming = Alarming(rules, {}, writer, live, clock, tally, plan)
    phone = SimulatedPhone("phone", SimulatedSettings(), clock)
    dispatching = Dispatching.of_site(site, {"phone": phone}, writer, alarming, clock, tally)
    supervision = Supervision.of_site(site, writer, alarming, live, journal, clock)
    await supervision.restore(await journal.load())
    writer.on_commit += [dispatching.observe, supervision.observe]
    tasks = [asyncio.create_task(writer.run()), asyncio.create_task(dispatching.run())]
    alarming.report(rule_id, Verdict.TRUE, clock.now(), value)
    await settle(60)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await phone.close()
    return [message.text for number in phone.addresses() for message in phone.messages(number)]


async def test_a_high_level_says_where_what_how_much_and_what_to_do(site: Site) -> None:
    (text,) = await told(site, "pit-1.level_high", 2.434)
    assert text.split("回")[0].strip() in (
        "重要報警 B1/東 B1 東集水井 液位過高 2.434 m 11:10 先：到現場手動啟動備用泵 聯絡：當值水工",
        "重要报警 B1/東 B1 東集水井 液位过高 2.434 m 11:10 先：到现场手动启动备用泵 联系：值班水工",
    )


async def test_a_leak_names_the_room_and_what_to_do_and_fits_two_parts(site: Site) -> None:
    leak = next(
        rule for one in site.equipment.values() for rule in one.rules if isinstance(rule.condition, Leak)
    )
    texts = await told(site, leak.id, True)
    assert texts
    assert all(parts(text) <= 2 for text in texts)
    assert all(text.startswith(("緊急報警", "紧急报警")) and "先：" in text for text in texts)
