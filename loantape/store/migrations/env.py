"""Run by Alembic: applies revisions on the connection and in the transaction that ``store.database`` holds.

Belongs here: nothing but that. The lock and the address are the caller's.
"""

from __future__ import annotations

from alembic import context

from loantape.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
