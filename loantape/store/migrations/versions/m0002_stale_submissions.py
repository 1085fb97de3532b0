"""The sender's order of deliveries, what a check was made from, and why a submission is stale.

Revision 0002, after 0001. What a check of before was made from is not known here until it is run again: null.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add five columns to the submissions."""
    for column in (
        sa.Column("sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("checked_against", sa.String(120)),
        sa.Column("stale_reason", sa.String(20)),
        sa.Column("stale_because", sa.String(120)),
        sa.Column("stale_at", sa.DateTime),
    ):
        op.add_column("submissions", column)
