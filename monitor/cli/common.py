"""What several commands share: where things are, how errors are told, how logs look."""

from __future__ import annotations

import getpass
import logging
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import structlog
import typer

from monitor import catalogue
from monitor.domain.duration import parse_duration
from monitor.ports import Permanent, Transient
from monitor.settings import ConfigurationError, load
from monitor.settings.site import Site
from monitor.settings.trial import Trial
from monitor.storage.journal import SqlJournal, open_journal

EX_CONFIG = 78
"""sysexits.h: configuration error; systemd does not restart on it."""

ConfigDirectory = Annotated[
    Path, typer.Option("--config", help="directory of YAML files", show_default="config")
]
StateDirectory = Annotated[
    Path | None,
    typer.Option("--state", help="state directory (default: WATCHROOM_STATE, or as systemd says)"),
]

T = TypeVar("T")


def state_directory(given: Path | None = None, *, existing: bool = False) -> Path:
    """Where journal and history are: the option, WATCHROOM_STATE, systemd's, or the user's own.

    Made if missing; with `existing` it is only named, for commands that look at what must be there already.
    """
    directory = given or _usual_state()
    if existing:
        return directory
    with told():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def _usual_state() -> Path:
    for name in ("WATCHROOM_STATE", "STATE_DIRECTORY"):
        if os.environ.get(name):
            return Path(os.environ[name])
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "watchroom"


def load_site(directory: Path, trial: Trial | None = None) -> Site:
    """The checked configuration, with a `trial` of changed fields in it. Raises ConfigurationError with every problem."""
    return load(
        directory,
        catalogue.driver_settings(),
        catalogue.notifier_settings(),
        types=catalogue.shipped_types(),
        secrets=None,
        trial=trial,
    )


def load_or_exit(directory: Path, code: int = EX_CONFIG) -> Site:
    """The checked configuration, or every problem on standard error and the exit code."""
    try:
        return load_site(directory)
    except ConfigurationError as error:
        show_problems(error)
        count = len(error.problems)
        typer.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was started", err=True)
        raise typer.Exit(code) from None


def show_problems(error: ConfigurationError) -> None:
    """Every problem on standard error, one a line."""
    for problem in error.problems:
        typer.echo(str(problem), err=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why and leave."""
    typer.echo(f"watchroom: {message}", err=True)
    raise typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """Errors of the world outside become one line; faults of ours stay tracebacks."""
    try:
        yield
    except (Permanent, Transient, ValueError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))


def me() -> str:
    """Who is at this machine's keyboard, for the audit."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


@asynccontextmanager
async def opened_journal(site: Site, state: Path, *, existing: bool = False) -> AsyncIterator[SqlJournal]:
    """The site's journal, closed at the end; `existing` as in `open_journal`."""
    journal = await open_journal(site.journal, state, existing=existing)
    try:
        yield journal
    finally:
        await journal.close()


def run_async(main: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop where it is there."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run(main)
    return uvloop.run(main)


def set_up_logging() -> None:
    """One line per change on standard error; JSON when it is not a terminal."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    # Its reconnect chatter repeats; our link says it once when it begins and once when it ends.
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class Telling:
    """How far a long work is, on standard error: a line now and then, on a terminal over the one before."""

    EVERY = 2.0
    """Seconds."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, line: str) -> None:
        """Show the line if it is time for one."""
        if time.monotonic() - self._told < self.EVERY:
            return
        self._told = time.monotonic()
        over = sys.stderr.isatty()
        typer.echo(f"\r{line:<100}" if over else line, err=True, nl=not over)


def instant(text: str, timezone: str) -> int:
    """POSIX milliseconds of a local time, a time with offset, or a duration before now."""
    zone = ZoneInfo(timezone)
    if re.fullmatch(r"\d+(ms|s|m|h|d)", text):
        then = datetime.now(zone) - timedelta(seconds=parse_duration(text))
        return int(then.timestamp() * 1000)
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is neither a time such as 2026-11-23T08:00 nor a duration such as 24h")
    return int((then if then.tzinfo else then.replace(tzinfo=zone)).timestamp() * 1000)
