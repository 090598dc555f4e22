"""The console and its API, against the real engine in memory."""
