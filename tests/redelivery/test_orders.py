"""Battery 5: late, early, out-of-order, repeated and partial deliveries come to the same state in every order.

Five deliveries: August; September without two of its optional files, numbered 1; October; September whole and
corrected, numbered 2; and August once more, byte by byte the same. An order is a list of runs, each with one delivery
or several; after the last one, what is stale is refreshed. All 120 orders one by one and 80 orders in groups make 200;
without LOANTAPE_LONG=1, 18 of them run.

The state is what the store says of each period, whatever its versions are called: v1 is what came first, so names
differ by order. Two orders that begin alike share the store that their common beginning made, copied: a copy of a
store is a store. Which of two deliveries counts when the sender numbers neither is decided by their arrival, so for
those the battery asks for one state per order of the two.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loantape import catalog, pipeline
from loantape.pipeline import Workspace
from loantape.store import Reason

AT = datetime(2026, 11, 3, 6)
Order = tuple[tuple[str, ...], ...]
OpenWorkspace = Callable[[Path], Workspace]

AUGUST, PARTIAL, OCTOBER, CORRECTED, AGAIN = FIVE = ("august", "partial", "october", "corrected", "august again")
CHUNKS = 6


def orders() -> list[Order]:
    """200 different orders, or the 18 that run every time, sorted so that those that begin alike are neighbours."""
    singly = [tuple((name,) for name in order) for order in itertools.permutations(FIVE)]
    rng = random.Random(5)
    grouped: set[Order] = set()
    while len(grouped) < 80:
        order = rng.sample(FIVE, 5)
        cuts = sorted(rng.sample(range(1, 5), rng.randint(0, 3)))
        grouped.add(tuple(tuple(order[a:b]) for a, b in itertools.pairwise([0, *cuts, 5])))
    if os.environ.get("LOANTAPE_LONG") == "1":
        return sorted([*singly, *grouped])
    return sorted([*rng.sample(singly, 12), *sorted(grouped)[::14]])


def digest(ws: Workspace) -> str:
    """A hash of all that the store says, versions told apart by their content and not by the order they came in."""
    records = ws.workflow.submissions()
    content = {record.name: record.content_sha256 for record in records} | {"": "none"}
    lines: list[object] = []
    for record in records:
        stale = record.stale and (record.stale.reason, content[record.stale.because])
        if ws.store.latest(record.lender, record.period) != record.name:
            assert record.stale is not None and record.stale.reason is Reason.REPLACED
            lines.append((record.content_sha256, record.sequence, stale))
            continue
        checked = record.checked_against
        lines.append((record.content_sha256, record.sequence, stale, record.state, checked and content[checked]))
        with ws.store.reading(record.name) as con:
            columns = {"findings": "*", "rule_runs": "* EXCLUDE (seconds)", "indicators": "*"}
            columns |= {f"tape_{table}": "*" for table in catalog.tape_tables()}
            for table, wanted in columns.items():
                rows = con.execute(f"SELECT {wanted} FROM {table}").fetchall()
                lines.append((record.content_sha256, table, sorted(map(repr, rows))))
    return hashlib.sha256("\n".join(sorted(map(repr, lines))).encode()).hexdigest()


class Histories:
    """Stores by what was delivered to them: each is made from the store of the same deliveries less the last run."""

    def __init__(self, root: Path, sent: Mapping[str, Path], open_workspace: OpenWorkspace) -> None:
        self._root, self._sent, self._open = root, sent, open_workspace
        self._made: dict[tuple[tuple[Path, ...], ...], Path] = {}
        self._final: dict[tuple[tuple[Path, ...], ...], str] = {}

    def final(self, order: Order) -> str:
        """The digest once everything of an order has been delivered and what is stale has been refreshed."""
        history = tuple(tuple(self._sent[name] for name in run) for run in order)
        if history not in self._final:
            # orders come sorted, so what this one does not begin with is not needed again
            for other in [made for made in self._made if made != history[: len(made)]]:
                shutil.rmtree(self._made.pop(other))
            ws = self._open(shutil.copytree(self._after(history), self._root / "final"))
            pipeline.refresh(ws, AT + timedelta(hours=9))
            assert pipeline.stale(ws) == [] and pipeline.refresh(ws, AT + timedelta(hours=10)) == []
            assert ws.workflow.verify_audit().broken is None
            self._final[history] = digest(ws)
            shutil.rmtree(self._root / "final")
        return self._final[history]

    def _after(self, history: tuple[tuple[Path, ...], ...]) -> Path:
        if history in self._made:
            return self._made[history]
        before = self._after(history[:-1]) if history else None
        store = self._root / str(len(history))
        if before is None:
            self._open(store)
        else:
            shutil.copytree(before, store)
            pipeline.run(self._open(store), history[-1], AT + timedelta(hours=len(history)))
        self._made[history] = store
        return store


@pytest.fixture(scope="module")
def sent(
    tmp_path_factory: pytest.TempPathFactory, deliveries: Mapping[str, Path], resend: Callable[..., Path]
) -> dict[str, Path]:
    """The deliveries by name; the repeated one is the same folder, since its bytes are the same."""
    out = tmp_path_factory.mktemp("sent")
    slim = {"without": ("disclosure.csv", "consent.csv", "instalment.csv")}  # fewer rows to check, not fewer kinds
    correction = {("loan.csv", 3, "balance_amount"): "77.00", ("loan.csv", 8, "cumulative_arrears_count"): "9"}
    september = deliveries["2026-09"]
    august = resend(deliveries["2026-08"], out / "august", **slim)
    return {
        AUGUST: august,
        PARTIAL: resend(september, out / "partial", without=(*slim["without"], "fee.csv", "partner.csv"), sequence=1),
        OCTOBER: resend(deliveries["2026-10"], out / "october", **slim),
        CORRECTED: resend(september, out / "corrected", edit=correction, sequence=2, **slim),
        AGAIN: august,
        "unnumbered": resend(september, out / "unnumbered", **slim),
        "unnumbered correction": resend(september, out / "unnumbered_correction", edit=correction, **slim),
    }


@pytest.fixture(scope="module")
def histories(
    tmp_path_factory: pytest.TempPathFactory, sent: Mapping[str, Path], open_workspace: OpenWorkspace
) -> Iterator[Histories]:
    root = tmp_path_factory.mktemp("histories")
    yield Histories(root, sent, open_workspace)
    shutil.rmtree(root)


def test_there_are_as_many_orders_as_are_promised() -> None:
    """Two hundred different orders of the five files in the long run, forty in the short one."""
    assert len(set(orders())) == (200 if os.environ.get("LOANTAPE_LONG") == "1" else 18)
    assert all(sorted(itertools.chain(*order)) == sorted(FIVE) for order in orders())


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_order_of_deliveries_comes_to_the_same_state(histories: Histories, chunk: int) -> None:
    """The final state is that of the deliveries taken in as they should have come, all at once."""
    wanted = histories.final((FIVE,))
    every = orders()
    mine = every[len(every) * chunk // CHUNKS : len(every) * (chunk + 1) // CHUNKS]
    different = [order for order in mine if histories.final(order) != wanted]
    assert different == []


def test_the_digest_sees_a_difference(sent: Mapping[str, Path], histories: Histories) -> None:
    """The battery would notice: without the correction the state is another one."""
    assert histories.final(((AUGUST, PARTIAL, OCTOBER),)) != histories.final(((AUGUST, CORRECTED, OCTOBER),))


def test_without_numbers_the_arrival_of_the_two_versions_decides_and_nothing_else(histories: Histories) -> None:
    """Two unnumbered deliveries of a period leave one state per order of the two, wherever the others come in."""
    first, second = "unnumbered", "unnumbered correction"
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for order in ((first, second, OCTOBER), (first, OCTOBER, second), (OCTOBER, first, second)):
        found[True].add(histories.final(tuple((name,) for name in order)))
        swapped = tuple({first: second, second: first}.get(name, name) for name in order)
        found[False].add(histories.final(tuple((name,) for name in swapped)))
    assert len(found[True]) == len(found[False]) == 1
    assert found[True] != found[False]
