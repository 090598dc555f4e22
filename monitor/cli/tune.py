"""`watchroom tune`: what a changed rule would have raised and removed, before anyone edits a limit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import tune_words
from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    Telling,
    fail,
    instant,
    load_or_exit,
    load_site,
    run_async,
    show_problems,
    state_directory,
    told,
)
from monitor.domain.conditions import Unceasing
from monitor.domain.mentions import main_point, points_in
from monitor.domain.point import Point
from monitor.domain.rules import AlarmRule
from monitor.domain.tuning import LEARNED, Candidate, best, candidates, compare, night_floor
from monitor.engine.rejudging import why_not
from monitor.engine.tuning import nightly_minima, rejudge
from monitor.ports import Historian
from monitor.settings.problems import ConfigurationError, nearest
from monitor.settings.site import Equipment, Site
from monitor.settings.trial import Trial
from monitor.storage.history import open_historian


@dataclass(frozen=True, slots=True)
class _Question:
    config: Path
    site: Site
    equipment: Equipment
    rule: AlarmRule
    start_ms: int
    end_ms: int

    @property
    def name(self) -> str:
        """The rule's id within its equipment."""
        return self.rule.id.partition(".")[2]

    @property
    def interval(self) -> float | None:
        """How often it is asked (s); None when it speaks by itself."""
        source = self.equipment.source
        return source.interval if source.polled else None

    def points(self, rules: Sequence[AlarmRule]) -> list[Point]:
        """What these rules look at."""
        keys = {key for rule in rules for key in points_in(rule.condition)}
        return [point for point in self.equipment.source.plan.points if point.key in keys]

    def changed(self, fields: dict[str, str]) -> AlarmRule | None:
        """The rule with these fields, checked as `set:` is. None where it is switched off. Raises ConfigurationError."""
        site = load_site(self.config, Trial(self.equipment.id, self.name, fields))
        rules = site.equipment[self.equipment.id].rules
        place = rules.place(self.rule.id)
        return None if place is None else rules[place]


def tune(
    rule: Annotated[str, typer.Argument(help="EQUIPMENT.RULE, such as pit-1.level_high")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE as under `set:`, such as off_delay=8s; several times"),
    ] = None,
    days: Annotated[float, typer.Option(help="how many days back", min=0.01)] = 15.0,
    start: Annotated[
        str | None, typer.Option("--from", help="local time 2026-11-23T08:00, or a duration ago: 24h")
    ] = None,
    end: Annotated[str, typer.Option("--to", help="local time, or a duration ago")] = "0s",
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Replay recorded values through a changed rule: what it would have raised and removed. Changes nothing.

    Without --set it tries usual delays and deadbands, and says which quieten most without losing an alarm over 60 s.
    """
    site = load_or_exit(config)
    end_ms = instant(end, site.timezone)
    start_ms = instant(start, site.timezone) if start else end_ms - round(days * 86_400_000)
    if start_ms >= end_ms:
        fail(f"--from {start} is not before --to {end}")
    question = _Question(config, site, *_find(site, rule), start_ms, end_ms)
    tried = [_tried(question, _fields(changes))] if changes else []
    with told():
        answer = run_async(_answer(question, tried, state_directory(state, existing=True)))
    if as_json:
        typer.echo(json.dumps(answer.plain(), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(answer.lines()))


def _find(site: Site, name: str) -> tuple[Equipment, AlarmRule]:
    """The rule called `name`, if what was recorded can tell what it would have done."""
    of, _, rule_id = name.partition(".")
    equipment = site.equipment.get(of)
    if equipment is None:
        fail(f"no equipment {of!r}{nearest(of, site.equipment)}; a rule is named EQUIPMENT.RULE")
    rules = {rule.id.partition(".")[2]: rule for rule in equipment.rules}
    if rule_id not in rules:
        fail(f"{of} has no rule {rule_id!r}{nearest(rule_id, rules)}")
    if why := why_not(rules[rule_id].condition):
        fail(f"{name} cannot be replayed: {why}")
    return equipment, rules[rule_id]


def _fields(changes: Sequence[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or not name.strip():
            fail(f"--set {change}: expected FIELD=VALUE, such as off_delay=8s")
        if name.strip() in fields:
            fail(f"--set {name.strip()}: given twice")
        fields[name.strip()] = text.strip()
    return fields


def _tried(question: _Question, fields: dict[str, str]) -> Candidate:
    try:
        rule = question.changed(fields)
    except ConfigurationError as error:
        show_problems(error)
        raise typer.Exit(1) from None
    if rule is None:
        fail("--set enabled: the rule would be gone, and every alarm of it; there is nothing to replay")
    if why := why_not(rule.condition):
        fail(f"so changed it cannot be replayed: {why}")
    return Candidate(", ".join(f"{name} {text}" for name, text in fields.items()), "", rule)


async def _answer(question: _Question, tried: list[Candidate], state: Path) -> tune_words.Answer:
    _must_exist(question.site.historian.url, state)
    historian = open_historian(question.site.historian, state, question.site)
    try:
        offered = tried or await _offered(question, historian)
        return await _judged(question, historian, offered, proposing=not tried)
    finally:
        await historian.close()


def _must_exist(url: str, state: Path) -> None:
    """Opening an embedded history that is not there would make an empty one."""
    scheme, _, name = url.partition(":")
    if scheme == "sqlite" and not (state / name).exists():
        fail(f"{state / name}: there is no history here; name the directory with --state")


async def _offered(question: _Question, historian: Historian) -> list[Candidate]:
    """What is worth trying when nobody says what."""
    rule = question.rule
    points = question.points([rule])
    if not isinstance(rule.condition, Unceasing):
        return list(candidates(rule, points))
    # It has waited for hours: seconds of delay quieten nothing there, its limit does.
    point = next(point for point in points if point.key == main_point(rule.condition))
    minima = await nightly_minima(historian, rule, point, question.start_ms, question.end_ms)
    floor = night_floor(rule, minima, point)
    return [floor] if floor else []


async def _judged(
    question: _Question, historian: Historian, offered: Sequence[Candidate], *, proposing: bool
) -> tune_words.Answer:
    rules = [question.rule, *(one.rule for one in offered)]
    points = question.points(rules)
    tell = Telling()
    past = await rejudge(
        historian,
        rules,
        points,
        question.start_ms,
        question.end_ms,
        question.interval,
        lambda share: tell(f"{share:.0%} of the period judged"),
    )
    if not past.samples:
        fail(f"nothing was recorded of {', '.join(point.id for point in points)} in this period")
    end = question.end_ms / 1000
    made = [
        (one, compare(question.rule, past.trips[0], one.rule, trips, end))
        for one, trips in zip(offered, past.trips[1:], strict=True)
    ]
    if proposing:
        learned = [pair for pair in made if pair[0].field == LEARNED]
        made = [
            pair
            for pair in (*learned, *best([pair for pair in made if pair not in learned]))
            if _allowed(question, pair[0])
        ]
    return tune_words.Answer(
        question.rule,
        (question.start_ms / 1000, end),
        question.site.timezone,
        points,
        past,
        tuple(made),
        proposing,
    )


def _allowed(question: _Question, one: Candidate) -> bool:
    """Nothing is proposed that the check of a configuration would refuse."""
    try:
        return question.changed({one.field: one.text}) is not None
    except ConfigurationError:
        return False
