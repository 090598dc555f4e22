"""Real servers on loopback, as test fixtures."""
