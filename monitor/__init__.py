"""Watchroom: the daemon that watches building equipment for the people on duty."""
