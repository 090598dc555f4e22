"""The alarm's life once more, for comparison: written from the state table of ISA-18.2 / IEC 62682, by state name.

It knows no flags. What hides an alarm (shelf, logic, out of service) is a set beside the state.
"""

from dataclasses import dataclass, field

# state, event -> state. A raise out of NORM is a new occurrence; every entry to UNACK is a new annunciation.
TABLE = {
    ("NORM", "true"): "UNACK",
    ("UNACK", "ack"): "ACK",
    ("UNACK", "clear"): "RTN_UNACK",
    ("ACK", "clear"): "NORM",
    ("UNACK", "clear latching"): "LATCH_UNACK",
    ("ACK", "clear latching"): "LATCH_ACK",
    ("RTN_UNACK", "ack"): "NORM",
    ("RTN_UNACK", "true"): "UNACK",
    ("LATCH_UNACK", "true"): "UNACK",
    ("LATCH_ACK", "true"): "UNACK",
    ("LATCH_UNACK", "ack"): "LATCH_ACK",
    ("LATCH_ACK", "reset"): "NORM",
    ("ACK", "again"): "UNACK",
}
ACTIVE = ("UNACK", "ACK")


@dataclass
class Reference:
    """One alarm. Times are steady seconds for delays and wall seconds for ends; here both run alike."""

    on_delay: float
    off_delay: float
    latching: bool
    state: str = "NORM"
    occurrence: int = 0
    annunciation: int = 0
    rank: int = 2
    delay: tuple[str, float] | None = None
    blind: bool = False
    hidden: dict[str, float] = field(default_factory=dict)
    once: bool = False
    told: int = 0
    moved: set[tuple[str, str]] = field(default_factory=set)
    """Rows of the table that this life went through."""

    @property
    def shown(self) -> str:
        """The state that people see."""
        for name in ("OUT_OF_SERVICE", "SUPPRESSED", "SHELVED"):
            if name in self.hidden:
                return name
        return self.state

    def _move(self, event: str) -> None:
        self.moved.add((self.state, event))
        before, self.state = self.state, TABLE[self.state, event]
        if self.state == "UNACK":
            self.occurrence += before == "NORM"
            self._announce(1 if before == "NORM" else self.annunciation + 1)

    def _announce(self, annunciation: int) -> None:
        self.annunciation = annunciation
        self.told += not self.hidden

    def _reveal(self, *names: str) -> None:
        """Something hides it no more: what is active and visible again is announced anew, unacknowledged."""
        for name in names:
            del self.hidden[name]
        if not self.hidden and self.state in ACTIVE:
            self.state = "UNACK"
            self._announce(self.annunciation + 1)

    def _clear(self) -> None:
        self._move("clear latching" if self.latching else "clear")
        if "SHELVED" in self.hidden and self.once:
            self._reveal("SHELVED")

    def judged(self, verdict: str, now: float) -> None:
        """`true`, `band`, `false` or `unknown`."""
        self.blind = verdict == "unknown"
        if self.blind:
            return
        active = self.state in ACTIVE
        wanted = {("true", False): "true", ("false", True): "clear"}.get((verdict, active))
        if wanted is None:
            self.delay = None
            return
        due = self.delay[1] if self.delay else now + (self.off_delay if active else self.on_delay)
        self.delay = (wanted, due)
        self.elapsed(now, ends=False)

    def elapsed(self, now: float, ends: bool = True) -> None:
        """Delays that are over, and with `ends` the shelf and the service that are over."""
        if self.delay and not self.blind and now >= self.delay[1]:
            wanted, self.delay = self.delay[0], None
            self._clear() if wanted == "clear" else self._move("true")
        for name in ("SHELVED", "OUT_OF_SERVICE") if ends else ():
            if now >= self.hidden.get(name, float("inf")):
                self._reveal(name)

    def person(self, event: str, occurrence: int, annunciation: int) -> bool:
        """`ack` or `reset`; False when refused."""
        if (occurrence, annunciation) != (self.occurrence, self.annunciation):
            return False
        if (self.state, event) in TABLE:
            self._move(event)
        elif event == "reset":
            return False
        return True

    def trip(self) -> None:
        """A single event such as a missed round: whatever was open is closed, and the next occurrence begins."""
        self.state, self.delay = "NORM", None
        self._move("true")

    def again(self) -> None:
        """Re-alarm, or a raised priority: only what is acknowledged and active."""
        if self.state == "ACK":
            self._move("again")

    def reprioritise(self, rank: int) -> None:
        """0 is the most urgent."""
        if rank < self.rank:
            self.again()
        self.rank = rank

    def hide(self, name: str, until: float, once: bool = False) -> None:
        """Shelve, suppress by design, take out of service."""
        self.hidden[name] = until
        self.once = once if name == "SHELVED" else self.once

    def show(self, name: str) -> bool:
        """End it early; False when it was not hidden so."""
        if name not in self.hidden:
            return False
        self._reveal(name)
        return True
