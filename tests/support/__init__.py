"""Fakes and virtual time that several test suites share."""
