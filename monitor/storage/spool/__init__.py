"""The durable buffer in front of the historian, on disk and, with the same behaviour, in memory."""

from monitor.storage.spool.disk import DiskSpool
from monitor.storage.spool.memory import MemorySpool
from monitor.storage.spool.quarantine import Quarantine

__all__ = ["DiskSpool", "MemorySpool", "Quarantine"]
