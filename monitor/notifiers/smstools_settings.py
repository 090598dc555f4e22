"""The fields of an smstools channel."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from monitor.notifiers.fields import ChannelSettings, Seconds


class SmstoolsSettings(ChannelSettings):
    """`spool` holds smsd's directories outgoing, checked, sent, failed, report and incoming, which are ours alone.

    `accept_within`: how long the modem may take for one message before it is drawn back and counts as not sent.
    """

    spool: Path = Path("/var/spool/sms")
    accept_within: Seconds = Field(default=45.0, ge=5, le=55)
    look_every: Seconds = Field(default=1.0, ge=0.05, le=10)

    @field_validator("spool")
    @classmethod
    def _whole(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("a directory beginning with / is wanted, such as /var/spool/sms")
        return value
