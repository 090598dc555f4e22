"""Equipment out of service or in commissioning, and the duty log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
# There is no way down: a backup made before the upgrade is the way back.


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "log",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("log_by_time", "log", ["at", "id"])
    op.create_table(
        "services",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
