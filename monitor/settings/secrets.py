"""Secrets: never in the configuration, read from files that nobody else can read, never shown."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, SecretStr, WithJsonSchema

SCHEMA = {
    "type": "object",
    "properties": {"file": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$"}},
    "required": ["file"],
    "additionalProperties": False,
}


class NoSecret(ValueError):
    """The secret cannot be used; the text says why, without showing anything of it."""


def _as_secret(value: Any) -> SecretStr | None:
    return value if isinstance(value, SecretStr) else None


SecretField = Annotated[SecretStr | None, BeforeValidator(_as_secret), WithJsonSchema(SCHEMA)]
"""A field of ours that takes `{file: NAME}`."""


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """Where `{file: NAME}` is looked for: systemd's credentials first, then `secrets/` beside the configuration."""

    credentials: Path | None
    beside: Path

    def read(self, name: Any) -> SecretStr:
        """The secret called `name`. Raises NoSecret."""
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
            raise NoSecret(
                "the name of a secret's file is letters, digits, `.`, `_` and `-`, without a directory"
            )
        if self.credentials is not None and (self.credentials / name).is_file():
            # systemd guards these itself; the mode bits it shows there include its access control list.
            return self._content(self.credentials / name, name)
        path = self.beside / name
        if not path.is_file():
            where = " nor among the credentials of the service" if self.credentials is not None else ""
            raise NoSecret(f"there is no secret `{name}` in {self.beside.name}/{where}")
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise NoSecret(
                f"secret `{name}` can be read by others (mode {mode:03o}): chmod 600 {self.beside.name}/{name}"
            )
        return self._content(path, name)

    def _content(self, path: Path, name: str) -> SecretStr:
        try:
            content = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise NoSecret(f"secret `{name}` cannot be read: {reason}") from None
        if not content:
            raise NoSecret(f"secret `{name}` is empty")
        return SecretStr(content)


@cache
def secret_keys(model: type[BaseModel]) -> frozenset[str]:
    """The keys of `model` that take a secret."""
    fields: Mapping[str, Any] = model.model_fields
    return frozenset(info.alias or name for name, info in fields.items() if _mentions_secret(info.annotation))


def _mentions_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_mentions_secret(part) for part in get_args(annotation))
