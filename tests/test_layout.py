"""The layout holds: who may import whom, generic names are ours, small modules, one place for each thing."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("schemas", "transforms", "templates")

# module prefix -> what its modules may import of ours. The first match wins.
MAY_IMPORT = {
    "loantape.declare": ("loantape.declare",),
    "loantape.errors": (),
    # millions of rates are solved by compiled kernels; loantape.compiled itself imports nothing of ours
    "transforms.apr": ("transforms.apr", "loantape.errors", "loantape.privacy", "loantape.compiled"),
    "schemas": ("schemas", "loantape.declare", "loantape.errors", "loantape.privacy", "loantape.limits"),
    "transforms": (
        "transforms",
        "schemas",
        "loantape.declare",
        "loantape.errors",
        "loantape.privacy",
        "loantape.limits",
    ),
    "templates": (
        "templates",
        "transforms",
        "schemas",
        "loantape.declare",
        "loantape.errors",
        "loantape.privacy",
        "loantape.limits",
        # a regulator's hash of millions of numbers, zips whose bytes follow from their members, names on a page
        "loantape.compiled",
        "loantape.inert",
        "loantape.beside",
        "loantape.zipped",
    ),
    # a command over a library that knows no loans, lenders or store: there is nothing for the catalog to find
    "loantape.cli_apr": ("loantape", "transforms.apr"),
    "loantape": ("loantape",),
    "dags": ("loantape",),
}
OURS = ("loantape", "schemas", "transforms", "templates", "dags")


def modules(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


@pytest.mark.parametrize(
    ("module", "path"), list(modules(*OURS)), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_follow_the_flow_of_data(module: str, path: Path) -> None:
    """A module imports only what lies upstream of it: content never imports the machine, nothing imports a DAG."""
    allowed = next(allowed for prefix, allowed in MAY_IMPORT.items() if within(module, (prefix,)))
    for name in imports(path):
        if within(name, OURS) and name != "loantape":
            # `from loantape.x import y` yields both loantape.x and loantape.x.y: the longer one is inside the shorter
            assert within(name, allowed), f"{module} imports {name}"


def test_only_dags_import_airflow() -> None:
    """The machine and the content run without Airflow."""
    for module, path in modules("loantape", *CONTENT):
        assert not any(within(name, ("airflow",)) for name in imports(path)), module


def test_regulators_do_not_import_each_other() -> None:
    """Deleting one regulator's folder breaks no other; ``templates.parts`` is what several need, and needs none."""
    for module, path in modules("templates"):
        parts = module.split(".")
        if len(parts) > 2:
            for name in imports(path):
                other = name.split(".")
                if other[0] == "templates" and len(other) > 1:
                    assert other[1] in (parts[1], "parts"), f"{module} imports {name}"


@pytest.mark.parametrize("name", [*CONTENT, "loantape"])
def test_generic_names_resolve_to_ours(name: str) -> None:
    """``schemas``, ``transforms`` and ``templates`` are this project's, not some other distribution's."""
    package = importlib.import_module(name)
    assert Path(str(package.__file__)).resolve().is_relative_to(ROOT)


def test_modules_stay_small() -> None:
    """No module of the product grows past 400 lines: it would be doing two things."""
    long = {module: n for module, path in modules(*OURS) if (n := len(path.read_text("utf-8").splitlines())) > 400}
    # the tape's tables are declarations, one call per field, which the formatter spreads over lines
    for declared in ("schemas.tape.loan", "schemas.tape.loan_us_auto"):
        long.pop(declared, None)
    assert not long


def test_every_module_says_what_it_is() -> None:
    """Each module opens by saying what belongs in it."""
    for module, path in modules("loantape", *CONTENT, "dags"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree) or not tree.body, module


def test_only_the_store_connects_to_files() -> None:
    """No other module opens a DuckDB file or a database engine; in-memory scratch connections are allowed."""
    allowed = ("loantape.store", "loantape.privacy")
    for module, path in modules("loantape", *CONTENT):
        if within(module, allowed):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if (
                    node.func.attr == "connect"
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "duckdb"
                ):
                    target = node.args[0] if node.args else None
                    assert target is None or (isinstance(target, ast.Constant) and target.value == ":memory:"), module
                assert node.func.attr != "create_engine", module


def test_money_is_never_a_float() -> None:
    """No tape field is a float or a double: money, rates and shares are decimals."""
    from schemas.tape import TABLES

    for table, model in TABLES.items():
        for name, column in model.to_schema().columns.items():
            assert "float" not in str(column.dtype), f"{table}.{name}"


def test_committed_files_name_no_registry_and_no_machine_path() -> None:
    """The lock files carry hashes and no addresses."""
    for lock in ("requirements.lock", "requirements-bootstrap.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index" not in "".join(line for line in text.splitlines() if line.startswith("--"))
