"""One installation: its store, its workflow database, its keys.

Belongs here: opening them. Not here: what is done with them (``loantape.pipeline``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from loantape.errors import ConfigurationError
from loantape.keys import Keys
from loantape.store import Store, Workflow


@dataclass(frozen=True)
class Workspace:
    """Where one installation keeps its submissions, its workflow database and its keys; ``actor`` is who acts."""

    store: Store
    workflow: Workflow
    keys: Keys
    actor: str = "loantape"

    @classmethod
    def open(
        cls, store: Path, keys: Path | None = None, database_url: str | None = None, actor: str = "loantape"
    ) -> Workspace:
        """Open or create a workspace. Keys live outside the store: beside it by default, as ``<store>.keys``."""
        root = store.absolute()
        keys_folder = (keys or root.with_name(root.name + ".keys")).absolute()
        if keys_folder == root or root in keys_folder.parents:
            raise ConfigurationError(
                f"the keys folder {keys_folder} lies inside the store {root}",
                "keep keys apart from the data they protect: set LOANTAPE_KEYS or --keys to another folder",
            )
        files = Store(root, memory_limit=os.environ.get("LOANTAPE_MEMORY_LIMIT") or None)
        return cls(files, Workflow(root, database_url), Keys(keys_folder), actor)

    @classmethod
    def from_environment(cls) -> Workspace:
        """From ``LOANTAPE_STORE`` (required), ``LOANTAPE_KEYS``, ``LOANTAPE_DATABASE_URL`` and ``LOANTAPE_ACTOR``."""
        store = os.environ.get("LOANTAPE_STORE")
        if not store:
            raise ConfigurationError("LOANTAPE_STORE is not set", "set it to the folder that holds the submissions")
        keys = os.environ.get("LOANTAPE_KEYS")
        return cls.open(
            Path(store),
            Path(keys) if keys else None,
            os.environ.get("LOANTAPE_DATABASE_URL") or None,
            os.environ.get("LOANTAPE_ACTOR") or "loantape",
        )
