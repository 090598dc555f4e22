"""Level 3: the use cases. asyncio yes, sockets no."""
