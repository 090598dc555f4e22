"""Who is there, where several say so. Pure."""

from __future__ import annotations

from monitor.ports import Inlet


class Presence:
    """What one connection heard about its equipment being there."""

    def __init__(self) -> None:
        self._trouble: dict[str, dict[str, str]] = {}

    def answer(self, inlet: Inlet, equipment: str, source: str, trouble: str) -> None:
        """What one `source` says of an equipment being there; `trouble` is empty where it is.

        It is there when everybody who has spoken says so: its bridge as well as its own availability topic.
        """
        known = self._trouble.setdefault(equipment, {})
        known[source] = trouble
        troubles = [text for text in known.values() if text]
        inlet.answering(equipment, not troubles, "; ".join(troubles) or "it says so")
