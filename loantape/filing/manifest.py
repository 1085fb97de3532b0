"""Where the manifest of a package is, for who reads a package of this store.

Belongs here: its name and reading it. Not here: what it says (package.py), or whether to believe it (verify.py).
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def read_manifest(package: Path) -> dict[str, Any]:
    """The manifest of a package that was sealed here: nothing is checked."""
    with zipfile.ZipFile(package) as archive:
        found: dict[str, Any] = json.loads(archive.read(MANIFEST))
    return found
