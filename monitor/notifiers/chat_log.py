"""Apprise's log, which shows addresses with their tokens: nobody else hears it, and we read it for the kind of trouble."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TROUBLE = "Socket Exception"
_HERE = threading.local()


class _Kept(logging.Filter):
    """Lets nothing through; the lines of a thread that listens are kept for it.

    Below a warning only an exception's words: the rest repeats our own text, which may say "refused" as well.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        lines = getattr(_HERE, "lines", None)
        said = record.getMessage()
        if lines is not None and (record.levelno >= logging.WARNING or said.startswith(_TROUBLE)):
            lines.append(said)
        return False


_KEPT = _Kept()


def keep_quiet() -> None:
    """From now on nothing of apprise, nor of the HTTP library below it, reaches a log. May be called again."""
    library = logging.getLogger("apprise")
    library.setLevel(logging.DEBUG)
    library.addFilter(_KEPT)
    logging.getLogger("urllib3").setLevel(logging.WARNING)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """What apprise says about troubles in this thread meanwhile."""
    lines: list[str] = []
    _HERE.lines = lines
    try:
        yield lines
    finally:
        _HERE.lines = None
