"""From a directory of YAML files to a `Site`, or every reason why not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, SecretStr

from monitor.domain import duty
from monitor.domain.hours import Holidays
from monitor.domain.source import DriverSettings
from monitor.domain.sun import Place
from monitor.settings.causes import CauseReader
from monitor.settings.checking import Context
from monitor.settings.connections import read_connections, unused
from monitor.settings.drill import read_drill
from monitor.settings.equipment import EquipmentReader
from monitor.settings.files import Book, read_book
from monitor.settings.grades import read_grade
from monitor.settings.hours import Almanac
from monitor.settings.inspections import InspectionReader, missed_rule
from monitor.settings.positions import read_positions
from monitor.settings.problems import ConfigurationError, Mark, Problem
from monitor.settings.secrets import SecretFiles
from monitor.settings.shape.site import ConsoleShape, HistorianShape, JournalShape, SiteShape
from monitor.settings.site import Grade, HistorianSettings, JournalSettings, Secret, Site
from monitor.settings.staff import StaffReader, read_channels
from monitor.settings.tree import Entries, Node, find
from monitor.settings.trial import Trial
from monitor.settings.types import Types

KEPT_AT_LEAST = 15 * 86400.0
"""Monitoring records are kept 15 days and can be replayed (service plan, grade 1)."""

M = TypeVar("M", bound=BaseModel)


def load(
    directory: Path,
    drivers: Mapping[str, DriverSettings],
    notifiers: Mapping[str, type[BaseModel]],
    *,
    types: Path,
    secrets: Path | None = None,
    trial: Trial | None = None,
) -> Site:
    """The checked configuration in `directory`. Raises ConfigurationError with every problem that it has.

    `types` holds the equipment types that come with the program. Secrets are read from `secrets`; when that is None,
    from $CREDENTIALS_DIRECTORY (systemd) and then from `secrets/` in `directory`. `trial` is what one rule is changed to,
    as if it stood in its file.
    """
    if not directory.is_dir():
        raise ConfigurationError([Problem(str(directory), 1, 1, "there is no such directory")])
    context = Context(drivers, notifiers, _secret_files(directory, secrets))
    book = read_book(directory, context)
    if trial is not None:
        trial.into(book, context)
    found = _Types(context).read(directory, types)
    site = _Assembly(directory, book, found, context).site()
    if site is None or context.problems.found:
        raise ConfigurationError(context.problems.found)
    return site


def _secret_files(directory: Path, secrets: Path | None) -> SecretFiles:
    if secrets is not None:
        return SecretFiles(None, secrets)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return SecretFiles(Path(credentials) if credentials else None, directory / "secrets")


@dataclass(slots=True)
class _Types:
    context: Context

    def read(self, directory: Path, shipped: Path) -> Types:
        found = Types(self.context)
        own = directory / "types"
        same = own.is_dir() and own.resolve() == shipped.resolve()
        if shipped.is_dir():
            found.read_shipped(shipped)
        if own.is_dir() and not same:
            found.read_site(own)
        return found


@dataclass(slots=True)
class _Assembly:
    directory: Path
    book: Book
    types: Types
    context: Context

    def site(self) -> Site | None:
        book, context = self.book, self.context
        shape = self._single("site", SiteShape)
        journal = self._single("journal", JournalShape, JournalShape(url="sqlite:journal.db"))
        historian = self._single("historian", HistorianShape, HistorianShape(url="sqlite:history.db"))
        console = self._single("console", ConsoleShape, ConsoleShape())
        self._check_stores(journal, historian)
        grade = self._grade()
        connections = read_connections(book, context)
        channels = read_channels(book, context)
        reader = EquipmentReader(book, self.types, grade, context, connections, self._almanac(shape))
        equipment = reader.read()
        reader.check_types()
        causes = CauseReader(book, equipment, context).read()
        positions = read_positions(book, equipment, context)
        zone, language = (shape.timezone, shape.language) if shape else ("UTC", "en")
        checkpoints, rounds = InspectionReader(book, equipment, context).read()
        roster, policies = StaffReader(book, zone, language, context).read()
        drill = read_drill(book, book.mappings["channels"], duty.roles(roster), context)
        if not book.lists["equipment"]:
            context.notices.append("there is no equipment: nothing is watched")
        for name in unused(connections, equipment.values()):
            context.notices.append(f"connection {name} has no equipment")
        if not shape or not journal or not historian or not console:
            return None
        return Site(
            id=shape.id,
            name=shape.name,
            timezone=shape.timezone,
            language=shape.language,
            grade=grade,
            shelf_max=shape.shelf_max,
            journal=JournalSettings(journal.url, journal.username, _secret(journal.password)),
            historian=HistorianSettings(
                historian.url,
                historian.retention,
                _secret(historian.token),
                historian.username,
                _secret(historian.password),
            ),
            listen=console.listen,
            connections=connections,
            channels=channels,
            equipment=equipment,
            roster=roster,
            policies=policies,
            checkpoints=checkpoints,
            rounds=rounds,
            drill=drill,
            directory=self.directory,
            causes=causes,
            positions=positions,
            round_rules=tuple(missed_rule(planned) for planned in rounds),
            notices=tuple(context.notices),
        )

    def _almanac(self, shape: SiteShape | None) -> Almanac:
        """What hours mean here: zone, sun, holidays."""
        if shape is None:
            return Almanac()
        if (shape.latitude is None) is not (shape.longitude is None):
            node = self.book.single["site"].node
            self.context.problems.add(
                find(node, ["longitude" if shape.latitude is None else "latitude"], key=True).mark,
                "`latitude` and `longitude` belong together",
            )
        place = (
            Place(shape.latitude, shape.longitude)
            if shape.latitude is not None and shape.longitude is not None
            else None
        )
        return Almanac(shape.timezone, place, Holidays(frozenset(shape.holidays), frozenset(shape.workdays)))

    def _single(self, name: str, model: type[M], default: M | None = None) -> M | None:
        entry = self.book.single.get(name)
        if entry is not None:
            return self.context.check(model, entry.node)
        if default is None and not self.context.incomplete:
            self.context.problems.add(
                Mark("site.yaml", 1, 1), f"`{name}` is missing in the whole configuration"
            )
        return default

    def _grade(self) -> Grade:
        entry = self.book.single.get("site")
        node: Node | None = entry.node.get("grade") if entry and isinstance(entry.node, Entries) else None
        return read_grade(node, self.context)

    def _check_stores(self, journal: JournalShape | None, historian: HistorianShape | None) -> None:
        entry = self.book.single.get("historian")
        if journal and historian and journal.url == historian.url and entry:
            mark = find(entry.node, ["url"]).mark
            self.context.problems.add(mark, "journal and historian cannot share one file")
        if historian and historian.retention < KEPT_AT_LEAST:
            mark = find(entry.node, ["retention"]).mark if entry else Mark("site.yaml", 1, 1)
            self.context.problems.add(
                mark,
                "readings are kept for 15 days at least: the service plan asks for 15 days that can be replayed",
            )


def _secret(value: SecretStr | None) -> Secret | None:
    return Secret(value.get_secret_value()) if value else None
