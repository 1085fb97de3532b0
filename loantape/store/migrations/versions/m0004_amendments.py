"""What a filing replaces and why, and withdrawals.

Revision 0004, after 0003. What was sealed before has no reason on record and is a filing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add three columns to the filings."""
    op.add_column("filings", sa.Column("kind", sa.String(20), nullable=False, server_default="filing"))
    op.add_column("filings", sa.Column("reason", sa.Text))
    op.add_column("filings", sa.Column("replaces", sa.Integer))
