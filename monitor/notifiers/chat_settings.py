"""The fields of a chat or mail channel."""

from __future__ import annotations

from importlib.util import find_spec
from typing import ClassVar
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator

from monitor.notifiers.chat_log import keep_quiet
from monitor.notifiers.fields import ChannelSettings, Seconds

PLACE = "{address}"


class AppriseSettings(ChannelSettings):
    """`url` is an apprise address, whole in a secret, for it holds tokens and passwords. `{address}` in it stands for the
    reader's `contacts` entry of this channel; without it everybody's messages go to the one room that it names."""

    needs_phone: ClassVar[bool] = True

    url: SecretStr
    title: str = ""
    timeout: Seconds = Field(default=20.0, ge=1, le=50)

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        if find_spec("apprise") is None:
            raise ValueError("apprise is not installed: install watchroom with its extra `chat`")
        keep_quiet()
        from apprise import Apprise

        if Apprise.instantiate(address(value, "someone@example.org"), suppress_exceptions=True) is None:
            raise ValueError("apprise knows no such address; see its list of services")
        return value


def address(url: SecretStr, reader: str) -> str:
    """The apprise address for one reader. It holds secrets: not for logs, not for errors."""
    return url.get_secret_value().strip().replace(PLACE, quote(reader, safe=""))
