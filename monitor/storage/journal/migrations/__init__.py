"""How the journal's tables came to be (Alembic). A released migration is never changed."""
