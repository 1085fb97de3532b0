"""How a workflow database comes to its current shape, one revision after another (Alembic)."""
