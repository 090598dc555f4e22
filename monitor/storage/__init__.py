"""Level 4: journal, spool and history on disk or in a database."""
