"""Submissions with their states, filings, and the audit log.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "submissions",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("lender", sa.String(80), nullable=False),
        sa.Column("period", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("received_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_submissions"),
        sa.UniqueConstraint("lender", "period", "version", name="uq_submissions_lender_period_version"),
        sa.UniqueConstraint("lender", "period", "content_sha256", name="uq_submissions_lender_period_content_sha256"),
    )
    op.create_table(
        "states",
        sa.Column("submission", sa.String(120), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("submission", "number", name="pk_states"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"], name="fk_states_submission"),
    )
    op.create_table(
        "filings",
        sa.Column("regulator", sa.String(80), nullable=False),
        sa.Column("lender", sa.String(80), nullable=False),
        sa.Column("period", sa.Date, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("submission", sa.String(120), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("package_name", sa.String(300)),
        sa.Column("package_sha256", sa.String(64)),
        sa.Column("rendered_at", sa.DateTime, nullable=False),
        sa.Column("sealed_at", sa.DateTime),
        sa.Column("handed_over_at", sa.DateTime),
        sa.PrimaryKeyConstraint("regulator", "lender", "period", "sequence", name="pk_filings"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.name"], name="fk_filings_submission"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("object", sa.String(200), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("previous_hash", name="uq_audit_previous_hash"),
        sa.UniqueConstraint("hash", name="uq_audit_hash"),
    )
