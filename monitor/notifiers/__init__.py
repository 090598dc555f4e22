"""Level 4: the ways a message reaches a person."""
