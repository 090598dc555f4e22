"""Level 4: web pages and HTTP API for operators."""
