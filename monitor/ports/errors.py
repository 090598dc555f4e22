"""How a thing can fail: for now, for good, or without anybody knowing."""

from __future__ import annotations


class Transient(Exception):
    """Try again later: a timeout, a refused connection, a busy server. The text says what happened."""


class NotConnected(Transient):
    """The link itself is down: nobody behind it could be asked. Known at once, and says nothing of the equipment."""


class Permanent(Exception):
    """Trying again cannot help: wrong password, rejected content, a broken file. A human must be told."""


class Uncertain(Transient):
    """The answer was lost in a timeout: the message may or may not be on its way."""
