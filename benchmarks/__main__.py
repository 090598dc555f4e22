"""`make bench`: every benchmark, or those named: `python -m benchmarks history`. Figures are ratios against a named peer
that ran interleaved in the same session; nothing here passes or fails."""

from __future__ import annotations

import importlib
import sys

ALL = (
    "journal",
    "history",
    "history_servers",
    "store_path",
    "backfill",
    "judging",
    "flood",
    "telling",
    "mqtt",
    "hostile",
    "replay",
    "acquisition",
)


def main() -> None:
    """Run them one after the other."""
    for name in sys.argv[1:] or ALL:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
