"""What the file needs done now and then, a bite at a time behind the writes, so that no write waits long."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from monitor.ports import Permanent, Transient

log = structlog.get_logger("history")


class Chores:
    """Runs bites in the writer's own thread; each stands behind what was asked for meanwhile."""

    def __init__(self, writer: ThreadPoolExecutor) -> None:
        self._writer = writer
        self._under_way: set[str] = set()
        self._failing: set[str] = set()
        self._closed = False

    def start(self, name: str, bite: Callable[[], bool]) -> None:
        """Bite until it says False; one that is under way goes on. A failure ends it until it is started again."""
        if not self._closed and name not in self._under_way:
            self._under_way.add(name)
            self._submit(name, bite)

    def stop(self) -> None:
        """No further bite; what is left is done the next time."""
        self._closed = True

    def _submit(self, name: str, bite: Callable[[], bool]) -> None:
        try:
            self._writer.submit(self._bite, name, bite)
        except RuntimeError:  # closed between two bites
            self._under_way.discard(name)

    def _bite(self, name: str, bite: Callable[[], bool]) -> None:
        more = False
        try:
            more = not self._closed and bite()
            if name in self._failing:
                self._failing.discard(name)
                log.warning("history.chore_works_again", chore=name)
        except (Transient, Permanent, ValueError) as error:
            if name not in self._failing:
                self._failing.add(name)
                log.error("history.chore_failed", chore=name, reason=str(error))
        if more:
            self._submit(name, bite)
        else:
            self._under_way.discard(name)
