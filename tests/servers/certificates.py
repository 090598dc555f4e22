"""Certificates for tests, made by openssl: elliptic-curve keys, valid for two days."""

import subprocess
from pathlib import Path

from tests.servers.process import program

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A certificate authority of its own in a directory; `pem` is what those believe who believe it."""

    def __init__(self, directory: Path, name: str = "ca") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._name = name
        self.pem = directory / f"{name}.pem"
        self._openssl(
            "req", "-x509", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}"
        )

    def issue(self, name: str, *, alternative: str = "DNS:nobody", days: int = 2) -> tuple[Path, Path]:
        """Certificate and key for a subject; `days` below zero makes one that has expired."""
        extension = self._directory / "extension"
        extension.write_text(f"subjectAltName={alternative}\n")
        self._openssl("req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", f"{self._name}.pem", "-CAkey", f"{self._name}.key", "-CAcreateserial")
        more = ("-extfile", "extension", "-days", str(days))
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed, *more)
        return self._directory / f"{name}.pem", self._directory / f"{name}.key"

    def _openssl(self, *arguments: str) -> None:
        command = [program("openssl", package="openssl"), *arguments]
        subprocess.run(command, cwd=self._directory, check=True, capture_output=True, timeout=30)
