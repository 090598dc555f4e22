"""Words for people in the three languages, one catalogue each in texts/."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from monitor.domain.point import Text

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
_FOLDER = Path(__file__).parent / "texts"
_NEAREST: Mapping[str, Sequence[str]] = {
    "zh-Hant": ("zh-Hant", "", "zh-Hans", "en"),
    "zh-Hans": ("zh-Hans", "", "zh-Hant", "en"),
    "en": ("en", "", "zh-Hant", "zh-Hans"),
}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All words of one language. Raises KeyError for a language there is none of."""
    if language not in LANGUAGES:
        raise KeyError(language)
    words: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return words


def say(language: str, key: str, **parts: object) -> str:
    """One phrase with its gaps filled."""
    return catalogue(language)[key].format(**parts)


def pick(text: Text, language: str, otherwise: str = "") -> str:
    """A configured text in this language or the nearest one."""
    for tag in _NEAREST[language]:
        if text.get(tag):
            return text[tag]
    return otherwise


def nearest(tag: str) -> str | None:
    """Our language for a language tag of a browser or a person; None when we do not speak it."""
    tag = tag.strip().lower()
    if tag.startswith("zh"):
        traditional = any(part in ("hant", "tw", "hk", "mo") for part in tag.split("-"))
        return "zh-Hant" if traditional else "zh-Hans"
    return "en" if tag.startswith("en") else None


def accepted(header: str) -> str | None:
    """The first language of an Accept-Language header that we speak, by weight."""
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighed.append((-float(weight or 1), tag))
        except ValueError:
            continue
    spoken = (nearest(tag) for _, tag in sorted(weighed, key=lambda pair: pair[0]))
    return next((language for language in spoken if language), None)
