"""Alembic runs this. The connection, and the transaction it is in, come from `migrate.upgrade`."""

from __future__ import annotations

from alembic import context

from monitor.storage.journal.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
