"""The hashing itself, with the settings that a site runs with."""

import re

import pytest

from monitor.storage.journal.passwords import Passwords, checked


async def test_hashes_are_argon2id_with_salt_and_enough_memory() -> None:
    passwords = Passwords()
    first, second = await passwords.hash("the same password"), await passwords.hash("the same password")
    assert first != second
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", first)
    assert found is not None
    # OWASP Password Storage Cheat Sheet: at least 19 MiB with two passes.
    assert int(found[1]) >= 19 * 1024
    assert int(found[2]) >= 2
    assert await passwords.verify("the same password", first) == (True, None)
    passwords.close()


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$broken", "$2b$12$x"])
async def test_a_damaged_hash_lets_nobody_in(stored: str) -> None:
    passwords = Passwords()
    assert await passwords.verify("plain", stored) == (False, None)
    passwords.close()


def test_one_form_for_what_two_keyboards_write() -> None:
    assert checked("ｐａｓｓｗｏｒｄ　１２３") == "password 123"
