"""Where each key of a rule stands, for whoever reports that it is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.settings.problems import Mark
from monitor.settings.tree import Entries, Items, Step, find


class Places:
    """Where each key of a rule stands: in the type, or in the `set:` of an equipment."""

    def __init__(self, node: Entries, moved: Mapping[str, Mark]) -> None:
        self._node, self._moved = node, moved

    def __call__(self, key: Step) -> Mark:
        return self._moved.get(str(key)) or find(self._node, [key]).mark

    def below(self, key: str, *path: str) -> Mark:
        """The place of a key inside of the mapping under `key`."""
        name = ".".join((key, *path))
        return self._moved.get(name) or self._moved.get(key) or find(self._node, [key, *path]).mark

    def node(self, key: str, index: int) -> Entries:
        """The mapping at `index` of the list under `key`, or the only one; an empty one there for what was set."""
        if key not in self._moved:
            found = find(self._node, [key]).node
            if isinstance(found, Items) and index < len(found.items):
                found = found.items[index]
            if isinstance(found, Entries) and found is not self._node:
                return found
        return Entries(self(key))

    def child(self, key: str, index: int) -> Places:
        """The same for the keys of that mapping."""
        return Places(self.node(key, index), {})
