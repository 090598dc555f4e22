"""Every rule of a site at work, found by its id; most have no watch of their own (`lookout.Lookout`)."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.domain import transition
from monitor.domain.alarm import Alarm
from monitor.domain.rules import AlarmRule
from monitor.domain.ruleset import Rulebook, Ruleset
from monitor.engine.layout import Layouts
from monitor.engine.lookout import Lookout
from monitor.engine.watch import Watch


class UnknownAlarm(KeyError):
    """No rule has this id."""


class Watches:
    """The watches of one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self.rules = rules
        layouts = Layouts()
        self.lookouts = {
            equipment: Lookout(own, layouts.of(own.ruleset.rules))
            for equipment, own in rules.equipment.items()
        }
        self._stated: dict[str, Watch] = {}

    def find(self, id_: str) -> Watch | None:
        """The watch of a rule, made if need be; None when there is no such rule."""
        if (rule := self.rules.stated.get(id_)) is not None:
            return self._of_stated(rule)
        found = self.rules.find(id_)
        if found is None:
            return None
        rules, place = found
        return self.lookouts[rules.equipment].wake(place)

    def __getitem__(self, id_: str) -> Watch:
        """The same. Raises UnknownAlarm."""
        watch = self.find(id_)
        if watch is None:
            raise UnknownAlarm(id_)
        return watch

    def _of_stated(self, rule: AlarmRule) -> Watch:
        watch = self._stated.get(rule.id)
        if watch is None:
            watch = self._stated[rule.id] = Watch(rule, transition.new(rule))
        return watch

    def seen(self, id_: str) -> Watch | None:
        """The watch of a rule if it has one."""
        if (watch := self._stated.get(id_)) is not None:
            return watch
        found = self.rules.find(id_)
        return None if found is None else self.lookouts[found[0].equipment].at(found[1])

    def alarm(self, id_: str) -> Alarm:
        """The alarm of a rule as it now is, without making a watch. Raises UnknownAlarm."""
        watch = self.seen(id_)
        return transition.new(self.rule(id_)) if watch is None else watch.alarm

    def rule(self, id_: str) -> AlarmRule:
        """Raises UnknownAlarm."""
        try:
            return self.rules[id_]
        except KeyError:
            raise UnknownAlarm(id_) from None

    def awake(self) -> Iterator[Watch]:
        """All that have a watch, in the order of the rules."""
        for lookout in self.lookouts.values():
            yield from lookout.awake
        yield from (self._stated[id_] for id_ in self.rules.stated if id_ in self._stated)

    def of(self, equipment: str) -> Iterator[Watch]:
        """All of one equipment, made if need be."""
        if (lookout := self.lookouts.get(equipment)) is not None:
            yield from (lookout.wake(place) for place in range(len(lookout.rules)))
        yield from (
            self._of_stated(rule) for rule in self.rules.stated.values() if rule.equipment == equipment
        )

    def unsettle(self, watch: Watch) -> None:
        """Its alarm moved: every look counts. One whose verdict is stated is not looked at."""
        if watch.place >= 0:
            self.lookouts[watch.rule.equipment].unsettle(watch)

    # A reload

    def apart(self, before: Watches) -> Iterator[Watch]:
        """Those that a reload may concern: with a watch here or there, or of another rule than before. In order."""
        others: dict[tuple[int, int], frozenset[int]] = {}
        for equipment, lookout in self.lookouts.items():
            known = before.lookouts.get(equipment)
            places = {watch.place for watch in lookout.awake}
            if known is None:
                places.update(range(len(lookout.rules)))
            else:
                was, now = known.rules.ruleset, lookout.rules.ruleset
                pair = (id(was), id(now))
                if pair not in others:
                    others[pair] = _others(was, now)
                places |= others[pair]
                names = (was.rules[watch.place].id for watch in known.awake)
                places.update(now.places[name] for name in names if name in now.places)
            yield from (lookout.wake(place) for place in sorted(places))
        for rule in self.rules.stated.values():
            if rule.id in self._stated or before.seen(rule.id) is not None:
                yield self._of_stated(rule)


def _others(was: Ruleset, now: Ruleset) -> frozenset[int]:
    """The places in `now` of rules that are new or changed."""
    then = {rule.id: rule for rule in was.rules}
    return frozenset(place for place, rule in enumerate(now.rules) if then.get(rule.id) != rule)
