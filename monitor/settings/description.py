"""What a configuration means, in plain text: what would be polled, stored and promised."""

from __future__ import annotations

from monitor.settings.site import Site


def describe(site: Site) -> str:
    """The text that `check` prints when nothing is wrong."""
    return site.id
