"""Equipment types as pages to read: what comes with the program, and what a site adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.domain.ruleset import EquipmentRules
from monitor.domain.source import DriverSettings
from monitor.settings.checking import Context
from monitor.settings.grades import GRADES
from monitor.settings.overrides import TypeRules
from monitor.settings.problems import ConfigurationError, Mark
from monitor.settings.rulelist import read_rules
from monitor.settings.rules import RuleMaker
from monitor.settings.secrets import SecretFiles
from monitor.settings.types import EquipmentType, Types

_NOWHERE = Mark("", 1, 1)


@dataclass(frozen=True, slots=True)
class Page:
    """One type: as its file says, and the alarms that an equipment of it has, automatic ones included."""

    type: EquipmentType
    rules: EquipmentRules


class Library:
    """Every type that a site in `directory` can use; without one, those that come with the program."""

    def __init__(
        self, drivers: Mapping[str, DriverSettings], shipped: Path, directory: Path | None = None
    ) -> None:
        """Raises ConfigurationError where a type of the site is wrong."""
        self._context = Context(drivers, {}, SecretFiles(None, directory or shipped))
        self._types = Types(self._context)
        self._types.read_shipped(shipped)
        own = directory / "types" if directory else None
        if own is not None and own.is_dir() and own.resolve() != shipped.resolve():
            self._types.read_site(own)
        self._refuse()

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted({*self._types.site, *self._types.shipped})

    def page(self, name: str) -> Page:
        """The page of one of `names()`. Raises ConfigurationError where it is wrong."""
        made = self._types.get(name, _NOWHERE)
        self._refuse()
        if made is None:
            raise KeyError(name)
        maker = RuleMaker(made, GRADES[1], self._context)
        drafts = {rule_id: draft for rule_id, draft in read_rules(maker).items() if draft is not None}
        rules = TypeRules(maker, drafts, frozenset()).for_equipment(name, None, self._context)
        self._refuse()
        return Page(made, rules)

    def _refuse(self) -> None:
        if self._context.problems.found:
            raise ConfigurationError(self._context.problems.found)
