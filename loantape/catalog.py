"""Finds every declaration: lenders, rules, limits, indicators, marts, filings. The only door to content.

Belongs here: discovery and the refusal of duplicates. Not here: what declarations mean. A module is found by being in
its folder; nothing registers itself and nothing is listed twice.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from loantape.declare import Filing, Grain, Indicator, Lender, Mart, Rule
from loantape.errors import ConfigurationError, DeclarationError, UnknownLender

if TYPE_CHECKING:
    from loantape.limits import LimitTable

Declared = TypeVar("Declared")


@cache
def tape_tables() -> Mapping[str, Any]:
    """Table name to its pandera model, in the order the tape is read."""
    return importlib.import_module("schemas.tape").TABLES


@cache
def lenders() -> Mapping[str, Lender]:
    """Every lender by name."""
    return _unique(_collect("schemas.lenders", Lender), lambda lender: lender.name, "lender")


def lender(name: str) -> Lender:
    """One lender. Raises UnknownLender with the nearest way out."""
    known = lenders()
    if name not in known:
        raise UnknownLender(
            f"no lender is called {name!r}",
            f"known lenders: {', '.join(sorted(known))}; a new one is a module in schemas/lenders",
        )
    return known[name]


@cache
def grains() -> Mapping[str, Grain]:
    """Every grain by name: the tape tables as they are, then the prepared ones in alphabetical order."""
    package = importlib.import_module("schemas.grains")
    prepared = _unique(_collect("schemas.grains", Grain), lambda grain: grain.name, "grain")
    return {table: package.stored(table) for table in tape_tables()} | dict(sorted(prepared.items()))


def grain(name: str) -> Grain:
    """One grain by name. Raises DeclarationError naming those there are."""
    known = grains()
    if name not in known:
        raise DeclarationError(f"no grain is called {name!r}", f"known grains: {', '.join(known)}")
    return known[name]


@cache
def totals() -> Mapping[str, str]:
    """What is totalled over every delivery and kept for the periods after it: name to SQL aggregate over its loans."""
    return importlib.import_module("schemas.grains.history").TOTALS


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by code, in code order. A rule without a passing and a failing example is refused."""
    found = _unique(declared_rules(), lambda rule: rule.code, "rule")
    for rule in found.values():
        if not rule.passes or not rule.fails:
            raise DeclarationError(
                f"rule {rule.code} has no passing or no failing example", "give it at least one each"
            )
    return dict(sorted(found.items()))


@cache
def declared_rules() -> tuple[Rule, ...]:
    """The very rules that modules of the rule book hold."""
    return tuple(_collect("schemas.rules", Rule))


def topics() -> Mapping[str, tuple[str, str]]:
    """What the letters of rule codes stand for, English and Chinese, in the order the book is read."""
    found: Mapping[str, tuple[str, str]] = importlib.import_module("schemas.rules").TOPICS
    return found


def structural_sentences() -> Mapping[str, Any]:
    """What reading and the field constraints report under, by code."""
    return importlib.import_module("schemas.rules.structural").SENTENCES


def sentence(code: str) -> Any:
    """The words of a code that findings carry: a rule's, or those of a structural check (en, zh, cites)."""
    return rules()[code] if code in rules() else structural_sentences()[code]


@cache
def limits() -> LimitTable:
    """The dated numbers that rules compare with."""
    from loantape.limits import load

    return load()


@cache
def declared_indicators() -> tuple[Indicator, ...]:
    """The very indicators that modules of the transforms hold."""
    return tuple(_collect("transforms", Indicator))


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by code, in code order."""
    found = _unique(declared_indicators(), lambda indicator: indicator.code, "indicator")
    return dict(sorted(found.items()))


def market() -> Any:
    """The content of the view across lenders: tables, figures, members of dimensions, a tape's ``positions``."""
    return importlib.import_module("transforms.market")


def market_words(dimension: str, member: str) -> tuple[str, str]:
    """What a member of one of the view's dimensions is called in English and Chinese."""
    said: tuple[str, str] = importlib.import_module("transforms.market_words").words_of(dimension, member)
    return said


def indicator(code: str) -> Indicator:
    """One indicator by code. Raises ConfigurationError naming those of the same topic."""
    known = indicators()
    if code not in known:
        near = [one for one in known if one.partition("-")[0] == code.partition("-")[0]] or list(known)
        raise ConfigurationError(f"no indicator is called {code!r}", f"there are {', '.join(near)}")
    return known[code]


def indicator_topics() -> Mapping[str, tuple[str, str]]:
    """What the letters of indicator codes stand for, English and Chinese, in the order they are told."""
    found: Mapping[str, tuple[str, str]] = importlib.import_module("transforms.topics").TOPICS
    return found


def member_words(dimension: str, member: str) -> tuple[str, str]:
    """A member of a dimension in English and Chinese."""
    found: tuple[str, str] = importlib.import_module("transforms.members").words_of(dimension, member)
    return found


@cache
def marts() -> Mapping[str, Mart]:
    """Every mart by name, in alphabetical order. Raises DeclarationError for one called ``indicators``: that one is."""
    found = _unique(_collect("transforms", Mart), lambda mart: mart.name, "mart")
    if "indicators" in found:
        raise DeclarationError("a mart is called 'indicators'", "every period leaves its indicators anyway: rename it")
    return dict(sorted(found.items()))


def prepared() -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    """The prepared grains that indicators may read: name to the function that makes it of the tables."""
    found: Mapping[str, Callable[[Mapping[str, Any]], Any]] = importlib.import_module("transforms.grains").PREPARED
    return found


@cache
def filings() -> Mapping[str, Filing]:
    """Every regulator's filing by regulator name. A rule of a format is refused like one of the book, and so is one of
    a table that does not go out."""
    found = _unique(_collect("templates", Filing), lambda filing: filing.regulator, "regulator")
    for one in found.values():
        tables = _unique(one.outgoing, lambda grain: grain.name, "outgoing table")
        for rule in _unique(one.rules, lambda rule: rule.code, "format rule").values():
            if not rule.passes or not rule.fails or rule.on not in tables:
                raise DeclarationError(
                    f"format rule {rule.code} of {one.regulator} has no passing or no failing example, or is said of"
                    f" {rule.on!r}, which does not go out",
                    f"give it at least one each; what goes out is {', '.join(tables)}",
                )
        _refuse_wrong_tables(one)
    return dict(sorted(found.items()))


def _refuse_wrong_tables(one: Filing) -> None:
    """Raises ConfigurationError for a place of a filed record of which no statement could tell the sources, and
    DeclarationError for one that would attach a database twice.

    Whether the statements do tell them is seen when they run: ``loantape.lineage.determined``.
    """
    folder = f"templates/{one.regulator}"
    if one.needs_previous and one.needs_year:
        raise DeclarationError(
            f"{folder} needs the month before and the year, which has it", "read the month before as month_…"
        )
    if not one.tables:
        raise ConfigurationError(
            f"{folder} declares no filed table: nothing it files could be traced 未声明报送表，报送数据无法溯源",
            "say in FILING's tables which record and column of which file a value is in: docs/howto/new-regulator.md",
        )
    for table in one.tables:
        for column in table.columns:
            if not column.column and not all(column.why):
                raise ConfigurationError(
                    f"{folder}: table {table.names[0]}, column {column.code} ({column.en}): its sources cannot be"
                    f" determined: no column of {table.relation} is named 列{column.code}（{column.zh}）的来源无法确定",
                    "name the column, or say in why, in English and Chinese, that nothing of the tape is filed there",
                )


def filing(regulator: str) -> Filing:
    """One regulator's filing. Raises DeclarationError naming those there are."""
    known = filings()
    if regulator not in known:
        raise DeclarationError(f"no regulator is called {regulator!r}", f"known regulators: {', '.join(known)}")
    return known[regulator]


@cache
def book_version() -> str:
    """Identity of the content in force: a hash over every source, limit and code list of schemas and transforms."""
    return _hash_of_sources(("schemas", "transforms"), (".py", ".toml", ".csv"))[:16]


@cache
def code_version() -> str:
    """Identity of everything that makes a filing of a tape: a hash over every source of ours that runs or is filled in.

    Version numbers name releases; this tells two builds of one apart, and is the same wherever a build is installed.
    """
    forms = (".py", ".toml", ".csv", ".j2", ".css", ".typ", ".xsd")
    return _hash_of_sources(("loantape", "schemas", "templates", "transforms"), forms)


def _hash_of_sources(packages: Iterable[str], endings: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for package_name in packages:
        root = Path(str(importlib.import_module(package_name).__file__)).parent
        for path in sorted(root.rglob("*")):
            if path.suffix in endings:
                digest.update(f"{package_name}/{path.relative_to(root).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def loan_pricer() -> Callable[..., None]:
    """The function that recomputes annual rates and leaves them in ``loan_pricing``, for rules and indicators."""
    return importlib.import_module("transforms.pricing").price_loans


def pricing_columns() -> Mapping[str, Any]:
    """Column name to Ibis type of ``loan_pricing``."""
    found: Mapping[str, Any] = importlib.import_module("transforms.pricing").COLUMNS
    return found


def report_builder() -> Callable[..., Mapping[str, bytes]]:
    """The function that writes the readable report, as files by name."""
    return importlib.import_module("templates.report.build").build_reports


def _collect(package_name: str, kind: type[Declared]) -> Iterable[Declared]:
    """Every module-level instance of ``kind`` (or tuple of them) below a package, each once."""
    package = importlib.import_module(package_name)
    seen: dict[int, Declared] = {}
    for info in pkgutil.walk_packages(package.__path__, package_name + "."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, kind):
                    seen[id(one)] = one
    return seen.values()


def _unique(found: Iterable[Declared], name_of: Callable[[Declared], str], what: str) -> dict[str, Declared]:
    named: dict[str, Declared] = {}
    for one in found:
        name = name_of(one)
        if name in named:
            raise DeclarationError(
                f"two declarations of {what} {name!r}", "rename one: names and codes are never reused"
            )
        named[name] = one
    return named
