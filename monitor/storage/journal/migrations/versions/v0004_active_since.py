"""When an alarm's condition last came, beside when its occurrence began."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
# There is no way down: a backup made before the upgrade is the way back.


def upgrade() -> None:
    """Add the column; alarms of before have none and count from the beginning of their occurrence."""
    op.add_column("alarms", sa.Column("active_since", sa.Double(), nullable=True))
