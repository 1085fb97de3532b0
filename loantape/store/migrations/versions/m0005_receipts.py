"""Receipts, and the one that counts of each filing.

Revision 0005, after 0004. Nothing was ever answered before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two columns to the filings, and the table of receipts."""
    op.add_column("filings", sa.Column("answered_at", sa.DateTime))
    op.add_column("filings", sa.Column("receipt", sa.String(64)))
    op.create_table(
        "receipts",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("regulator", sa.String(80), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("filing", sa.String(200), nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("package_sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", sa.DateTime),
        sa.Column("taken_at", sa.DateTime, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
