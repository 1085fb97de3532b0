"""Waivers: written explanations for findings of a submission.

Revision 0006, after 0005. Nothing was ever waived before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table of waivers."""
    op.create_table(
        "waivers",
        sa.Column("submission", sa.String(120), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("cites", sa.Text, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("findings", sa.BigInteger, nullable=False),
        sa.Column("findings_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("accepter", sa.String(120)),
        sa.Column("accepted_at", sa.DateTime),
        sa.Column("withdrawn_by", sa.String(120)),
        sa.Column("withdrawn_at", sa.DateTime),
        sa.PrimaryKeyConstraint("submission", "number", name="pk_waivers"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"], name="fk_waivers_submission"),
    )
