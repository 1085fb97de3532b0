"""Which earlier periods a check looked at.

Revision 0003, after 0002. A check of before looked at none but the one before it: null.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add one column to the submissions."""
    op.add_column("submissions", sa.Column("checked_history", sa.Text))
