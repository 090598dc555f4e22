"""Fields of one rule tried out: checked as if they stood under `set:` of the equipment, without being written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.settings.checking import Context
from monitor.settings.files import Book
from monitor.settings.problems import Mark
from monitor.settings.reader import read_value
from monitor.settings.tree import Entries, Entry


@dataclass(frozen=True, slots=True)
class Trial:
    """`fields` holds the text of each value as YAML has it. Problems are placed in `--set FIELD`."""

    equipment: str
    rule: str
    fields: Mapping[str, str]

    def into(self, book: Book, context: Context) -> None:
        """Put the fields into the equipment's own `set:`, in the place of what stands there for them."""
        for item in book.lists["equipment"]:
            if isinstance(item, Entries) and item.text("id") == self.equipment:
                self._set(item, context)

    def _set(self, equipment: Entries, context: Context) -> None:
        given = equipment.get("set")
        if not isinstance(given, Entries):
            given = Entries(equipment.mark)
            equipment.entries["set"] = Entry(equipment.mark, given)
        for name, text in self.fields.items():
            place = f"--set {name}"
            value = read_value(text, place, context.problems)
            if value is not None:
                given.entries[f"{self.rule}.{name}"] = Entry(Mark(place, 1, 1), value)
