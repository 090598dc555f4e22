"""The embedded historian: one SQLite file, raw values for days, rollups for years."""

from monitor.storage.history_sqlite.historian import SqliteHistorian

__all__ = ["SqliteHistorian"]
