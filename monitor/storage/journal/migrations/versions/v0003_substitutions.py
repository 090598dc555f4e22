"""Values that people state for points."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
# There is no way down: a backup made before the upgrade is the way back.


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "substitutions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
