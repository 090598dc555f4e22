"""`watchroom types`: the equipment types that there are, and one of them on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor import catalogue
from monitor.cli.common import fail, show_problems
from monitor.domain.rules import AlarmRule
from monitor.settings.description import seconds, words
from monitor.settings.library import Library, Page
from monitor.settings.points import TypePoint
from monitor.settings.problems import ConfigurationError, nearest

app = typer.Typer(help="Equipment types: what there is, and one on a page.", no_args_is_help=True)

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_WORDS: dict[str, tuple[str, str, str]] = {
    "type": ("type", "類型", "类型"),
    "title": ("title", "名稱", "名称"),
    "driver": ("driver", "驅動", "驱动"),
    "points": ("points", "點數", "点数"),
    "source": ("source", "來源", "来源"),
    "point": ("point", "點", "点"),
    "label": ("label", "標籤", "标签"),
    "where": ("where", "地址", "地址"),
    "unit": ("unit", "單位", "单位"),
    "range": ("plausible", "合理範圍", "合理范围"),
    "kind": ("kind", "種類", "种类"),
    "alarm": ("alarm", "報警", "报警"),
    "priority": ("priority", "優先級", "优先级"),
    "delay": ("delay", "延時", "延时"),
    "action": ("first action", "首要措施", "首要措施"),
    "call": ("call", "聯絡", "联系"),
    "unsure": ("Not certain:", "未經核實：", "未经核实："),
    "order": ("order", "字節順序", "字节顺序"),
    "most": ("registers in a request at most", "單次最多讀取寄存器數", "单次最多读取寄存器数"),
    "analog": ("analog", "模擬量", "模拟量"),
    "discrete": ("discrete", "開關量", "开关量"),
    "counter": ("counter", "累計量", "累计量"),
    "text": ("text", "文本", "文本"),
    "critical": ("critical", "緊急", "紧急"),
    "high": ("high", "高", "高"),
    "medium": ("medium", "中", "中"),
    "low": ("low", "低", "低"),
    "level": ("{priority} from {limit}", "{limit} 起{priority}", "{limit} 起{priority}"),
    "rollover": ("begins again at", "計滿歸零於", "计满归零于"),
    "probe": ("proof of the device", "設備識別點", "设备识别点"),
}

Language = Annotated[str, typer.Option("--language", help=f"{', '.join(LANGUAGES)}")]
Site = Annotated[
    Path | None,
    typer.Option("--config", help="a site's directory, for its own types as well", show_default=False),
]


@app.command("list")
def list_types(language: Language = "en", config: Site = None) -> None:
    """Every equipment type: name, title, driver, number of points, source."""
    say = _speaker(language)
    library = _library(config)
    table = Table(*map(say, ("type", "title", "driver", "points", "source")), box=None)
    for name in library.names():
        page = _page(library, name)
        made = page.type
        table.add_row(name, words(made.title, language), made.driver, str(len(made.points)), made.source)
    _out().print(table)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="name of the type")],
    language: Language = "en",
    config: Site = None,
) -> None:
    """One equipment type: points with their addresses, alarms, source, and what is not certain."""
    say = _speaker(language)
    library = _library(config)
    if name not in library.names():
        fail(f"no equipment type {name!r}{nearest(name, library.names())}")
    page = _page(library, name)
    out = _out()
    out.print(f"{name}: {words(page.type.title, language)} ({page.type.driver})")
    out.print(f"{say('source')}: {page.type.source}")
    if facts := getattr(page.type.settings, "facts", None):
        for name, fact in facts().items():
            out.print(f"{say(name)}: {fact}")
    if page.type.probe:
        out.print(f"{say('probe')}: {page.type.probe}")
    out.print()
    out.print(_points(page, say, language))
    out.print()
    out.print(_alarms(page.rules, say, language))
    if page.type.unsure:
        out.print(f"\n{say('unsure')}")
        for doubt in page.type.unsure:
            out.print(f"- {words(doubt, language)}")


def _points(page: Page, say: Callable[[str], str], language: str) -> Table:
    table = Table(*map(say, ("point", "label", "where", "unit", "range", "kind")), box=None)
    for point in page.type.points.values():
        span = f"{point.range[0]:g} – {point.range[1]:g}" if point.range else ""
        kind = say(point.kind.value)
        if point.rollover is not None:
            times = "".join(f" x {'10^' * one.power}{one.key}" for one in point.factors)
            kind = f"{kind}, {say('rollover')} {point.rollover:.12g}{times}"
        table.add_row(point.key, words(point.label, language), _where(point), point.unit, span, kind)
    return table


def _where(point: TypePoint) -> str:
    written = getattr(point.settings, "written", None)
    place = written() if written else ""
    return f"{point.pattern} {place}".strip() if point.pattern else place


def _alarms(rules: Sequence[AlarmRule], say: Callable[[str], str], language: str) -> Table:
    table = Table(*map(say, ("alarm", "title", "priority", "delay", "action", "call")), box=None)
    for rule in rules:
        table.add_row(
            rule.id.partition(".")[2],
            words(rule.title, language),
            _priority(rule, say),
            seconds(rule.on_delay),
            words(rule.card.action, language),
            words(rule.card.call, language) if rule.card.call else rule.card.role or "",
        )
    return table


def _priority(rule: AlarmRule, say: Callable[[str], str]) -> str:
    """`high, critical from 150`: with its levels."""
    steps = [
        say("level").format(priority=say(level.priority.value), limit=f"{level.limit:g}")
        for level in rule.levels
    ]
    return ", ".join((say(rule.priority.value), *steps))


def _speaker(language: str) -> Callable[[str], str]:
    if language not in LANGUAGES:
        fail(f"no language {language!r}{nearest(language, LANGUAGES)}")
    return lambda key: _WORDS[key][LANGUAGES.index(language)]


def _library(config: Path | None) -> Library:
    if config is not None and not config.is_dir():
        fail(f"{config}: there is no such directory")
    try:
        return Library(catalogue.driver_settings(), catalogue.shipped_types(), config)
    except ConfigurationError as error:
        show_problems(error)
        raise typer.Exit(1) from None


def _page(library: Library, name: str) -> Page:
    try:
        return library.page(name)
    except ConfigurationError as error:
        show_problems(error)
        raise typer.Exit(1) from None


def _out() -> Console:
    """As wide as it needs to be when it goes into a file."""
    options: dict[str, Any] = {} if Console().is_terminal else {"width": 400}
    return Console(highlight=False, markup=False, soft_wrap=False, **options)
