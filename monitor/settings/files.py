"""The directory, read whole: which files there are, and what each section holds over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.settings.checking import Context
from monitor.settings.problems import Mark, nearest
from monitor.settings.reader import read
from monitor.settings.tree import Entries, Entry, Items, Node, Scalar

SINGLE = ("site", "journal", "historian", "console", "drill")
MAPPINGS = ("connections", "channels", "checklists")
LISTS = ("equipment", "people", "roster", "escalation", "checkpoints", "rounds", "causes", "positions")
SECTIONS = (*SINGLE, *MAPPINGS, *LISTS)
_SUFFIXES = (".yaml", ".yml")
_OUR_DIRECTORIES = ("types", "secrets", "grafana")


@dataclass(slots=True)
class Book:
    """Every section of the configuration, joined over the files."""

    single: dict[str, Entry] = field(default_factory=dict)
    mappings: dict[str, dict[str, Entry]] = field(default_factory=lambda: {name: {} for name in MAPPINGS})
    lists: dict[str, list[Node]] = field(default_factory=lambda: {name: [] for name in LISTS})
    _ids: dict[str, dict[str, Mark]] = field(default_factory=dict)

    def ids(self, section: str) -> dict[str, Mark]:
        """The ids of a list's items and where each stands, the items that are otherwise wrong included.

        Asked for once all files are joined.
        """
        if section not in self._ids:
            found: dict[str, Mark] = {}
            for item in self.lists[section]:
                if isinstance(item, Entries) and (key := item.text("id")) is not None:
                    found.setdefault(key, item.entries["id"].node.mark)
            self._ids[section] = found
        return self._ids[section]


def yaml_files(directory: Path) -> Iterator[Path]:
    """The YAML files that stand directly in `directory`, by name."""
    for path in sorted(directory.iterdir()):
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and not path.is_dir():
            yield path


def read_book(directory: Path, context: Context) -> Book:
    """All top-level files of `directory`, joined; what is wrong is in `context.problems`."""
    book = Book()
    paths = list(yaml_files(directory))
    for path in paths:
        root = read(path, path.name, context.problems)
        if root is None:
            context.incomplete = True
        elif not isinstance(root, Entries):
            context.incomplete = True
            context.problems.add(
                root.mark, f"expected sections at the top ({', '.join(SECTIONS)}), {_what(root)}"
            )
        else:
            _join(book, root, context)
    if not paths:
        context.problems.add(Mark(".", 1, 1), "there is no YAML file in this directory")
    for other in sorted(directory.iterdir()):
        if other.is_dir() and other.name not in _OUR_DIRECTORIES and not other.name.startswith("."):
            context.notices.append(f"{other.name}/ is not read: only *.yaml here, types/ and secrets/ are")
    for section in LISTS:
        _refuse_twice(book.lists[section], context)
    return book


def _what(node: Node) -> str:
    return "not a list" if isinstance(node, Items) else "not a single text: is a space missing after a colon?"


def _join(book: Book, root: Entries, context: Context) -> None:
    if "type" in root.entries and "driver" in root.entries:
        mark = root.entries["type"].mark
        context.problems.add(mark, "this is an equipment type: move the file into types/")
        return
    for key, entry in root.entries.items():
        name = str(key)
        if name in SINGLE:
            if first := book.single.get(name):
                context.problems.add(entry.mark, f"`{name}` stands twice, first at {_at(first.mark)}")
            else:
                book.single[name] = entry
        elif name in MAPPINGS:
            _join_mapping(book.mappings[name], name, entry, context)
        elif name in LISTS:
            _join_list(book.lists[name], name, entry, context)
        else:
            context.problems.add(entry.mark, f"unknown section `{name}`{_suggest(name)}")


def _suggest(name: str) -> str:
    close = nearest(name, SECTIONS)
    return close if "did you mean" in close else f"; there is {', '.join(SECTIONS)}"


def _join_mapping(into: dict[str, Entry], name: str, entry: Entry, context: Context) -> None:
    if not isinstance(entry.node, Entries):
        if not _refused(entry.node):
            context.problems.add(
                entry.node.mark, f"`{name}` is a mapping by id: `{name}: {{an-id: {{...}}}}`"
            )
        return
    for key, item in entry.node.entries.items():
        if first := into.get(str(key)):
            context.problems.add(item.mark, f"`{key}` stands twice in {name}, first at {_at(first.mark)}")
        else:
            into[str(key)] = item


def _join_list(into: list[Node], name: str, entry: Entry, context: Context) -> None:
    if isinstance(entry.node, Items):
        into.extend(entry.node.items)
    elif not _refused(entry.node):
        context.problems.add(entry.node.mark, f"`{name}` is a list: begin each of its items with `- `")


def _refuse_twice(items: list[Node], context: Context) -> None:
    seen: dict[str, Mark] = {}
    for item in items:
        if not isinstance(item, Entries) or (key := item.text("id")) is None:
            continue
        mark = item.entries["id"].node.mark
        if key in seen:
            context.problems.add(mark, f"id `{key}` stands twice, first at {_at(seen[key])}")
        seen.setdefault(key, mark)


def _refused(node: Node) -> bool:
    return isinstance(node, Scalar) and node.refused


def _at(mark: Mark) -> str:
    return f"{mark.file}:{mark.line}"
