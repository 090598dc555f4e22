"""Simulated equipment speaking the real wire; imports nothing of monitor or drivers."""
