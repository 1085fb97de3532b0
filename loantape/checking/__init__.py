"""Checking: constraints of the tape's fields and rules of the rule book, run in one pass inside DuckDB."""
