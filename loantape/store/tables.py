"""The tables of the workflow database, as SQLAlchemy sees them.

Belongs here: columns and constraints. Not here: how a database comes to have them (``migrations``; a test compares the
two) and what may be written when (``workflow``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# One row per submission; ``name`` is lender/period/version as people write it, the parts are there to be searched.
submissions = Table(
    "submissions",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("lender", String(80), nullable=False),
    Column("period", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("received_at", DateTime, nullable=False),
    Column("sequence", Integer, nullable=False, server_default="0"),  # the sender's; 0 where it states none
    Column("checked_against", String(120)),  # the submission before it, "" for none, null while not known
    Column("stale_reason", String(20)),  # null while it is not stale, and so are the next two
    Column("stale_because", String(120)),
    Column("stale_at", DateTime),
    Column("checked_history", Text),  # JSON: the submissions of earlier periods whose totals its check used, or null
    UniqueConstraint("lender", "period", "version"),
    UniqueConstraint("lender", "period", "content_sha256"),
)

# One row per change of state of a submission, in the order of ``number``.
states = Table(
    "states",
    metadata,
    Column("submission", String(120), ForeignKey("submissions.name"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("actor", String(120), nullable=False),
)

# One row per filing of one regulator for one lender and period; an amendment or a withdrawal is the next sequence.
filings = Table(
    "filings",
    metadata,
    Column("regulator", String(80), primary_key=True),
    Column("lender", String(80), primary_key=True),
    Column("period", Date, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("submission", String(120), ForeignKey("submissions.name"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("package_name", String(300)),
    Column("package_sha256", String(64)),
    Column("rendered_at", DateTime, nullable=False),
    Column("sealed_at", DateTime),
    Column("handed_over_at", DateTime),
    Column("kind", String(20), nullable=False, server_default="filing"),
    Column("reason", Text),  # why it amends or withdraws; null for the first of a period
    Column("replaces", Integer),  # the sequence it amends or withdraws; null where nothing was in force
    Column("answered_at", DateTime),  # by the receipt that counts, with the next
    Column("receipt", String(64)),
)

# One row per receipt, by the SHA-256 of its bytes, which are a file; ``filing`` is empty where it speaks of none.
receipts = Table(
    "receipts",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("regulator", String(80), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("filing", String(200), nullable=False),
    Column("reference", Text, nullable=False),
    Column("package_sha256", String(64), nullable=False),
    Column("issued_at", DateTime),
    Column("taken_at", DateTime, nullable=False),
    Column("detail", Text, nullable=False),
)

# One row per waiver; ``number`` counts those of a submission. What it covers is told by number and hash, never listed.
waivers = Table(
    "waivers",
    metadata,
    Column("submission", String(120), ForeignKey("submissions.name"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("key", Text),  # of the findings that are meant; null for all of the rule
    Column("reason", Text, nullable=False),
    Column("cites", Text, nullable=False),
    Column("until", Date, nullable=False),
    Column("findings", BigInteger, nullable=False),
    Column("findings_sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("author", String(120), nullable=False),
    Column("written_at", DateTime, nullable=False),
    Column("accepter", String(120)),  # null until it is accepted, and so is the next
    Column("accepted_at", DateTime),
    Column("withdrawn_by", String(120)),  # null until it is withdrawn, and so is the next
    Column("withdrawn_at", DateTime),
)

# The chained log; see loantape.audit. ``at`` is text because it is hashed as it stands.
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(80), nullable=False),
    Column("object", String(200), nullable=False),
    Column("details", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),  # so that a chain cannot fork
    Column("hash", String(64), nullable=False, unique=True),
)
