"""Data against a model, with every error brought back to its place in the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from monitor.domain.source import DriverSettings
from monitor.settings.messages import keys_at, keys_of, say
from monitor.settings.problems import FEW, Mark, Problems, nearest
from monitor.settings.secrets import NoSecret, SecretFiles, secret_keys
from monitor.settings.stores import password_in
from monitor.settings.tree import Entries, Found, Node, Scalar, Step, find, plain

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Context:
    """What every part of the loader needs."""

    drivers: Mapping[str, DriverSettings]
    notifiers: Mapping[str, type[BaseModel]]
    secrets: SecretFiles
    problems: Problems = field(default_factory=Problems)
    notices: list[str] = field(default_factory=list)
    incomplete: bool = False
    """A file could not be read, so that what is named and not found may well stand there."""

    def unknown(
        self, mark: Mark, what: str, name: object, known: Iterable[object], of: str = "", most: int = FEW
    ) -> None:
        """Report a name that leads nowhere; `of` says where it was looked for. Up to `most` names are listed."""
        if not self.incomplete:
            where = f" {of}" if of else ""
            self.problems.add(mark, f"unknown {what} `{name}`{where}{nearest(name, known, most)}")

    def check(
        self,
        model: type[M],
        node: Node,
        *,
        only: Collection[str] | None = None,
        without: Collection[str] = (),
        also: Iterable[str] = (),
        data: Mapping[str, Any] | None = None,
        moved: Mapping[str, Mark] | None = None,
    ) -> M | None:
        """`node` as a `model`, or None with the reasons in `problems`.

        `only` and `without` choose among the keys, `also` names keys that others take care of (for suggestions),
        `data` replaces what stands in the file, and `moved` tells where its keys come from when not from `node`.
        """
        if not isinstance(node, Entries):
            if not (isinstance(node, Scalar) and node.refused):
                self.problems.add(node.mark, _no_mapping(node))
            return None
        if data is None:
            data = {str(key): plain(entry.node) for key, entry in node.entries.items()}
        data = {k: v for k, v in data.items() if k not in without and (only is None or k in only)}
        before = len(self.problems.found)
        data = self._with_secrets(model, node, data)
        try:
            checked = model.model_validate(data)
        except ValidationError as error:
            known = (*keys_of(model), *also)
            self._report(model, node, error.errors(include_url=False), known, moved or {})
            return None
        return checked if len(self.problems.found) == before else None

    def _with_secrets(self, model: type[BaseModel], node: Entries, data: Mapping[str, Any]) -> dict[str, Any]:
        """`data` with each `{file: NAME}` read. What is wrong is reported, and stood in for, so that the rest is checked."""
        wanted = secret_keys(model)
        filled = dict(data)
        for key, value in data.items():
            if key in wanted and value is not None:
                filled[key] = self._secret(find(node, [key]).mark, key, value)
            elif isinstance(value, str) and "://" in value and password_in(value):
                self.problems.add(
                    find(node, [key]).mark,
                    "a password never stands in a URL: write `username:` and `password: {file: NAME}` beside it",
                )
        return filled

    def _secret(self, mark: Mark, key: str, value: Any) -> SecretStr:
        try:
            if not isinstance(value, dict) or set(value) != {"file"}:
                raise NoSecret(
                    f"a secret never stands in the configuration: write `{key}: {{file: NAME}}` and put it in secrets/NAME"
                )
            return self.secrets.read(value["file"])
        except NoSecret as error:
            self.problems.add(mark, str(error))
            return SecretStr("-")

    def _report(
        self,
        model: type[BaseModel],
        node: Entries,
        errors: Iterable[ErrorDetails],
        known: Iterable[str],
        moved: Mapping[str, Mark],
    ) -> None:
        places: dict[Mark, list[tuple[str, bool]]] = {}
        for error in errors:
            path = list(error["loc"])
            keys = known if len(path) == 1 else keys_at(model, path[:-1])
            message = say(error, keys)
            found, message = _place(node, error, message)
            if found.refused:
                continue
            mark = _moved(path, moved) or found.mark
            places.setdefault(mark, []).append((message, found.strange and error["type"] != "missing"))
        for mark, messages in places.items():
            # The branches of a union each complain about the same value: one problem.
            branches = list(dict.fromkeys(message for message, strange in messages if strange))
            for message in [" or ".join(branches), *(m for m, strange in messages if not strange)]:
                if message:
                    self.problems.add(mark, message)


def _moved(path: list[Step], moved: Mapping[str, Mark]) -> Mark | None:
    """Where a key was set from elsewhere: itself, or one inside of it."""
    names = [str(step) for step in path]
    return moved.get(".".join(names[:2])) or moved.get(names[0]) if names else None


def salvage(model: type[M], data: Mapping[str, Any]) -> M | None:
    """What is left of a mapping without its wrong keys, so that the others are looked at all the same."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
    try:
        return model.model_validate({key: value for key, value in data.items() if key not in wrong})
    except ValidationError:
        return None


def _no_mapping(node: Node) -> str:
    if isinstance(node, Scalar):
        if node.value is None:
            return "expected a mapping, {key: value}, but nothing stands here"
        space = ": is a space missing after the colon?" if ":" in node.text else ""
        return f"expected a mapping, {{key: value}}, not `{node.text[:60]}`{space}"
    return "expected a mapping, {key: value}, not a list"


def _place(node: Entries, error: ErrorDetails, message: str) -> tuple[Found, str]:
    path: list[Step] = list(error["loc"])
    ctx = error.get("ctx", {})
    if error["type"] == "missing":
        return find(node, path[:-1]), message
    if path and path[-1] == "[key]":
        return find(node, path[:-1], key=True), message
    if error["type"] == "refused":
        return find(node, [*path, *ctx["path"]], key=bool(ctx["key"])), message
    if error["type"] == "value_error":
        return _named_field(node, path, message)
    return find(node, path, key=error["type"] == "extra_forbidden"), message


def _named_field(node: Entries, path: list[Step], message: str) -> tuple[Found, str]:
    """A model's own check may say `key: what is wrong with it`."""
    found = find(node, path)
    name, colon, rest = message.partition(": ")
    if colon and isinstance(found.node, Entries) and name in found.node.entries:
        return find(node, [*path, name]), rest
    return found, message
