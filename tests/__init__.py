"""Tests of Watchroom."""
