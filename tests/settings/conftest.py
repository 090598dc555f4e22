"""Fixtures of the settings tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_credentials_of_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A directory with the secrets of good/whole, as a careful person keeps them."""
    directory = tmp_path / "secrets"
    directory.mkdir()
    for name in ("db", "token", "bus", "sms"):
        path = directory / name
        path.write_text(f"geheim-{name}\n")
        path.chmod(0o600)
    return directory
