"""The names that are stored and shown; nobody may change them without noticing."""
