"""What a message says: priority, place and fault first, then value, local time, what to do, and what to reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.domain.conditions import Unproven
from monitor.domain.localtime import clock_text
from monitor.domain.mentions import unit_of
from monitor.domain.phrases import Phrases, phrases, spoken
from monitor.domain.point import Point, Text, Value
from monitor.domain.rules import (
    AlarmKind,
    AlarmRule,
    AvailabilityBelow,
    High,
    Low,
    Priority,
    Reported,
    State,
)
from monitor.domain.sms import clean, fits, parts
from monitor.domain.urgency import Clocks

_ELLIPSIS = "..."
"""Three stops, not one sign: the single sign is not in GSM-7 and would turn English into UCS-2."""
DAY = 86_400.0
_NAMES = (200, 24, 10)
"""Longest names to try, in characters: real ones fit at once, absurd ones must not push the fault out."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about. Names come from configuration: untrusted, cleaned when they are rendered.

    `at` is POSIX seconds. `point` is the rule's point where it has exactly one.
    """

    rule: AlarmRule
    priority: Priority
    at: float
    value: Value | None = None
    place: str = ""
    equipment: Text = field(default_factory=dict)
    point: Point | None = None
    code: str = ""
    over: bool = False
    raised_at: float | None = None
    """When the occurrence began (POSIX s); None leaves out until when somebody must have acted."""
    role: str = ""
    """The role that is told: it is not asked to call itself."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How this site writes. `signatures` by channel stand in front and count; `most_parts` is the longest message.

    Without `clocks`, those of the service grade, no message says until when.
    """

    language: str
    timezone: str
    signatures: Mapping[str, str] = field(default_factory=dict)
    most_parts: int = 2
    clocks: Clocks | None = None

    def render(self, subject: Subject, language: str = "", channel: str = "") -> str:
        """The text for one reader, at most `most_parts` long.

        What must go, goes from the back: whom to call first, then the end of the action, the action, until when, and the
        ends of long names. The priority, the beginning of the place, the fault and the reply code always stay.
        """
        language = language or self.language
        words = phrases(language)
        join = _Join(
            clean(self.signatures.get(channel, "")), words.separator, _reply(subject, words), self.most_parts
        )
        for longest in _NAMES:
            bare = self._needed(subject, language, longest)
            needed = [*bare, self._by(subject, language)]
            action, call = self._action(subject, language), self._call(subject, language)
            text = (
                join.within_parts_of([*needed, action], call)
                or join.fitting([*needed, action])
                or join.shortened(needed, action)
                or join.fitting(needed)
                or join.fitting(bare)
            )
            if text:
                return text
        return join.whole(self._needed(subject, language, _NAMES[-1])[:1])

    def with_held_back(self, text: str, held: int, language: str = "") -> str:
        """A text that also says how many messages were held back, where there is room for that."""
        words = phrases(language or self.language)
        longer = f"{text}{words.separator}{words.held_back.format(n=held)}"
        return longer if held and fits(longer, self.most_parts) else text

    def digest(
        self, subjects: Sequence[Subject], code: str, held: int = 0, language: str = "", channel: str = ""
    ) -> tuple[str, int]:
        """One text about several alarms, and how many of them, from the front, it names; at least one.

        The code answers for those that are named. The others are counted in the text.
        """
        language = language or self.language
        words = phrases(language)
        signature = clean(self.signatures.get(channel, ""))
        for longest in _NAMES:
            items = [self._item(subject, language, longest) for subject in subjects]
            for named in range(len(items), 0, -1):
                end = [
                    words.more.format(n=len(items) - named) if named < len(items) else "",
                    words.reply_to_all.format(code=code),
                    words.held_back.format(n=held) if held else "",
                ]
                body = words.several.format(n=len(items)) + " " + "; ".join(items[:named])
                text = words.separator.join(part for part in (signature + body, *end) if part)
                if fits(text, self.most_parts) and (named > 1 or longest == _NAMES[-1]):
                    return text, named
        return text, 1

    def _item(self, subject: Subject, language: str, longest: int) -> str:
        words = phrases(language)
        names = [clean(subject.place), say(subject.equipment, language, self.language)]
        fault = _clipped(fault_text(subject, language, self.language), 2 * longest)
        urgency = words.priorities[subject.priority] if subject.priority is Priority.HIGH else ""
        return words.separator.join(
            part for part in (urgency, *(_clipped(name, longest) for name in names), fault) if part
        )

    def _needed(self, subject: Subject, language: str, longest: int) -> list[str]:
        words = phrases(language)
        names = [clean(subject.place), say(subject.equipment, language, self.language)]
        return [
            words.over if subject.over else "",
            words.priorities[subject.priority],
            *(_clipped(name, longest) for name in names),
            _clipped(fault_text(subject, language, self.language), 2 * longest),
            _clipped(value_text(subject, language, self.language), longest),
            clock_text(subject.at, self.timezone),
        ]

    def _action(self, subject: Subject, language: str) -> str:
        action = say(subject.rule.card.action, language, self.language)
        return phrases(language).first.format(action=action) if action and not subject.over else ""

    def _call(self, subject: Subject, language: str) -> str:
        card = subject.rule.card
        if subject.over or (card.role is not None and card.role == subject.role):
            return ""
        who = say(card.call, language, self.language) or clean(card.role or "")
        return phrases(language).call.format(who=who) if who else ""

    def _by(self, subject: Subject, language: str) -> str:
        """Only what is due within a day: the time alone would be misleading for later."""
        if subject.raised_at is None or subject.over or self.clocks is None:
            return ""
        by = subject.rule.card.respond_by(subject.priority, subject.raised_at, self.clocks)
        if by is None or by - subject.at > DAY:
            return ""
        return phrases(language).by.format(time=clock_text(by, self.timezone))


@dataclass(frozen=True, slots=True)
class _Join:
    """Puts the parts of one message together around what must stay."""

    signature: str
    separator: str
    reply: str
    most_parts: int

    def whole(self, body: Sequence[str]) -> str:
        return self.signature + self.separator.join(part for part in (*body, self.reply) if part)

    def fitting(self, body: Sequence[str]) -> str:
        """As `whole`; empty when it is too long."""
        text = self.whole(body)
        return text if fits(text, self.most_parts) else ""

    def within_parts_of(self, body: Sequence[str], last: str) -> str:
        """With `last`, which is worth no further part; empty when the rest fits no message."""
        text, longer = self.fitting(body), self.fitting([*body, last])
        return longer if text and longer and parts(longer) == parts(text) else ""

    def shortened(self, before: Sequence[str], last: str) -> str:
        """With as much of the beginning of `last` as fits; empty when not even four characters do."""
        low, high = 0, len(last)
        while low < high:
            middle = (low + high + 1) // 2
            if fits(self.whole([*before, last[:middle] + _ELLIPSIS]), self.most_parts):
                low = middle
            else:
                high = middle - 1
        return self.whole([*before, last[:low].rstrip() + _ELLIPSIS]) if low >= 4 else ""


def say(text: Text, *languages: str) -> str:
    """A text in the first of these languages that it has, else in a near one, else in any; on one clean line."""
    for language in languages:
        for tag in (language, spoken(language)):
            if tag in text:
                return clean(text[tag])
    for tag in ("", "en", "zh-Hans", "zh-Hant"):
        if tag in text:
            return clean(text[tag])
    return clean(next(iter(text.values()), ""))


def fault_text(subject: Subject, *languages: str) -> str:
    """What is wrong: the rule's own title, else the point and how it is wrong, else the kind of alarm."""
    rule = subject.rule
    if rule.title:
        return say(rule.title, *languages)
    words = phrases(languages[0])
    label = say(subject.point.label, *languages) or subject.point.key if subject.point else ""
    match rule.condition:
        case High() if label:
            return words.high.format(what=label)
        case Low() if label:
            return words.low.format(what=label)
        case State(value=value, others=(), negated=False) if label:
            return label if value is True else f"{label} {clean(_plain(value))}"
        case _:
            return f"{label} {words.kinds[rule.kind]}".strip()


def value_text(subject: Subject, *languages: str) -> str:
    """The value that raised the alarm, with its unit; empty where the fault says it already."""
    value, rule = subject.value, subject.rule
    if value is None or isinstance(value, bool) or isinstance(rule.condition, State | Unproven):
        return ""
    if isinstance(value, str):
        words = rule.condition.words if isinstance(rule.condition, Reported) else {}
        return say(words[value], *languages) if value in words else clean(value)
    if isinstance(rule.condition, AvailabilityBelow) or rule.kind is AlarmKind.AVAILABILITY:
        return f"{value * 100:.4g}%" if value <= 1 else f"{value:.4g}%"
    unit = unit_of(rule.condition, clean(subject.point.unit) if subject.point else "")
    return f"{_plain(value)}{'' if unit.startswith(('%', '/')) else ' '}{unit}".strip()


def _plain(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _reply(subject: Subject, words: Phrases) -> str:
    if not subject.code or subject.over:
        return ""
    form = words.reply_with_reason if subject.rule.incident else words.reply
    return form.format(code=subject.code)


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rstrip() + _ELLIPSIS
