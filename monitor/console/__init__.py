"""Level 4: the console and the HTTP API."""

from monitor.console.app import create_app
from monitor.console.services import Services

__all__ = ["Services", "create_app"]
