"""Every alarm that a site can have, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable

from monitor.domain import escalation
from monitor.domain.alarm import AlarmEvent
from monitor.domain.causes import CauseRule, CauseTree
from monitor.domain.notification import Notification
from monitor.domain.rules import AlarmKind, AlarmRule, AvailabilityBelow
from monitor.domain.ruleset import Rulebook
from monitor.engine.lampbook import lamp_rules
from monitor.engine.machine_rules import drill_rules, machine_rules
from monitor.engine.own_rules import link_rule, own_rules, silent_rule
from monitor.engine.presence_rules import presence_rules
from monitor.engine.rehearsal import policies
from monitor.engine.round_rules import people_rules
from monitor.engine.session_rules import session_rule
from monitor.engine.thinning_rules import chatter_rule
from monitor.settings.site import Site


def rulebook(site: Site) -> Rulebook:
    """Rules of equipment, of people's duties, of links, of ourselves."""
    of_equipment = [equipment.rules for equipment in site.equipment.values()]
    stated = (
        *lamp_rules(zone for rules in of_equipment for zone in rules.having(AvailabilityBelow)),
        *people_rules(site.rounds),
        *(link_rule(connection) for connection in site.connections),
        *(chatter_rule(equipment) for equipment in message_rates(site)),
        *(session_rule(connection) for connection in site.connections),
        *(silent_rule(connection) for connection in site.connections),
        *own_rules(),
        *machine_rules(),
        *presence_rules(),
        *drill_rules(),
    )
    return Rulebook(of_equipment, stated)


UNSEEN = frozenset({AlarmKind.COMM, AlarmKind.STALE})
"""What a lost link explains of the equipment behind it."""


def cause_tree(site: Site) -> CauseTree:
    """The site's causes, and for each link what cannot be seen while it is down."""
    unseen: dict[str, set[str]] = {id_: set() for id_ in site.connections}
    for one in site.equipment.values():
        names = (rule.id for rule in one.rules.ruleset.rules if rule.kind in UNSEEN)
        unseen[one.connection].update(f"{one.id}.{name}" for name in names)
    lost = (_lost_link(link_rule(id_), frozenset(children)) for id_, children in unseen.items())
    return CauseTree((*site.causes, *lost))


def _lost_link(rule: AlarmRule, children: frozenset[str]) -> CauseRule:
    # Who notices the loss first, the link or the equipment behind it, is a matter of their delays.
    return CauseRule(rule.id, children, within=rule.on_delay + 60.0)


def message_rates(site: Site) -> dict[str, float]:
    """Messages a second that history keeps of each equipment that speaks by itself: its connection has a `max_rate`."""
    rates = {id_: getattr(one.settings, "max_rate", None) for id_, one in site.connections.items()}
    return {id_: rate for id_, one in site.equipment.items() if (rate := rates[one.connection]) is not None}


def planner(site: Site) -> Callable[[AlarmEvent, AlarmRule], tuple[Notification, ...]]:
    """Gives the messages that an event causes by the site's policies."""

    def plan(event: AlarmEvent, rule: AlarmRule) -> tuple[Notification, ...]:
        equipment = site.equipment.get(rule.equipment)
        who = policies(rule, site.drill, site.policies)
        return escalation.plan(who, event, rule, equipment.system if equipment else "")

    return plan
