"""Passwords: argon2id by pwdlib, off the event loop, at most two at once (one takes some 64 MB and 0.2 s)."""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

AT_ONCE = 2
SHORTEST = 10
LONGEST = 256


def checked(password: str) -> str:
    """The password in one Unicode form (NIST SP 800-63B 5.1.1.2). Raises ValueError when too short or too long."""
    text = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters, this one {len(text)}")
    return text


class Passwords:
    """Makes and checks hashes in two threads of its own, so that a cancelled request frees no third place."""

    def __init__(self) -> None:
        self._hasher = PasswordHash.recommended()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """A salted hash of a checked password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is the password behind `stored`, and a new hash when that one was made with weaker settings.

        The work is the same for an unknown user (`stored` None), so that the time does not tell who exists.
        """
        text = unicodedata.normalize("NFKC", password)[:LONGEST]
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, text, stored)

    def close(self) -> None:
        """Let the threads end; idempotent."""
        self._threads.shutdown(wait=False)

    def _verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        try:
            matches, renewed = self._hasher.verify_and_update(password, stored or self._nobody)
        except PwdlibError:  # a damaged hash lets nobody in
            return False, None
        return (matches, renewed) if stored else (False, None)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")
