"""Secrets come from files that nobody else can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.settings import ConfigurationError
from monitor.settings.site import Site
from tests.settings.models import load_fixture

CONFIGURATION = """site: {id: s, name: S, timezone: Asia/Shanghai}
connections:
  plant: {driver: bus, url: "tcp://10.0.0.1", password: {file: bus}}
"""


def load_with(tmp_path: Path) -> Site:
    (tmp_path / "site.yaml").write_text(CONFIGURATION)
    return load_fixture(tmp_path)


def secret(directory: Path, content: bytes, mode: int = 0o600) -> None:
    directory.mkdir(exist_ok=True)
    path = directory / "bus"
    path.write_bytes(content)
    path.chmod(mode)


def password(site: Site) -> str:
    return str(site.connections["plant"].settings.password.get_secret_value())


def test_beside_the_configuration(tmp_path: Path) -> None:
    secret(tmp_path / "secrets", b"geheim\n")
    assert password(load_with(tmp_path)) == "geheim"


def test_credentials_of_the_service_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret(tmp_path / "secrets", b"beside")
    secret(tmp_path / ".credentials", b"credential", mode=0o440)  # as systemd shows its access control lists
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / ".credentials"))
    assert password(load_with(tmp_path)) == "credential"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_readable_by_others(tmp_path: Path, mode: int) -> None:
    secret(tmp_path / "secrets", b"geheim", mode=mode)
    with pytest.raises(
        ConfigurationError, match=r"site.yaml:3:57: secret `bus` can be read by others.*chmod 600 secrets/bus"
    ):
        load_with(tmp_path)


@pytest.mark.parametrize(("content", "said"), [(b"\n", "is empty"), (b"\xff\xfe", "not UTF-8")])
def test_useless_content(tmp_path: Path, content: bytes, said: str) -> None:
    secret(tmp_path / "secrets", content)
    with pytest.raises(ConfigurationError, match=said):
        load_with(tmp_path)


def test_a_secret_in_the_configuration_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(CONFIGURATION.replace("{file: bus}", "geheim"))
    with pytest.raises(ConfigurationError, match=r"never stands in the configuration") as caught:
        load_fixture(tmp_path)
    assert "geheim" not in str(caught.value)
