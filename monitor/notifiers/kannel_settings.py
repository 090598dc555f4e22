"""The fields of a Kannel channel."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from monitor.notifiers.fields import ChannelSettings, Seconds

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]{16,}")
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def _network(value: object) -> object:
    return ip_network(value) if isinstance(value, str) else value


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class KannelSettings(ChannelSettings):
    """`url` is smsbox's sendsms. `callback_url` is the console as Kannel reaches it (`http://127.0.0.1:8080`): without
    it no receipts are asked for. Whoever calls back shows `callback_secret` and comes from `callback_from`."""

    url: str
    username: str
    password: SecretStr
    sender: str = ""
    callback_url: str | None = None
    callback_secret: SecretStr | None = None
    callback_from: tuple[Network, ...] = _LOOPBACK
    timeout: Seconds = Field(default=10.0, gt=0, le=30)

    @field_validator("url", "callback_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("http:// or https:// is wanted")
        if value is not None and re.search(r"[?#%\s]", value):
            raise ValueError("nothing may follow the path: the fields are added to it")
        return value

    @field_validator("callback_secret")
    @classmethod
    def _safe_in_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        # Kannel reads every % of the address that it calls as an escape of its own.
        if value is not None and not _URL_SAFE.fullmatch(value.get_secret_value()):
            raise ValueError("a callback secret is 16 or more letters, digits, `-` and `_`")
        return value

    @model_validator(mode="after")
    def _secret_with_url(self) -> Self:
        if self.callback_url is not None and self.callback_secret is None:
            raise ValueError("`callback_url` wants a `callback_secret: {file: NAME}` beside it")
        return self
