"""What differs between two submissions, row by row: files, added, removed and changed rows, fields, sums of money.

Belongs here: computing the difference inside DuckDB, with both submissions attached read-only, each time it is asked
for: ``comparing`` (the way in), ``table`` (one tape table), ``changes`` (the figures). Not here: writing it out
(``loantape.export``), or deciding which version counts (``loantape.store``).

Rows are paired by the key of their table, with one hash join per table, and compared field by field, exactly. A row
whose key occurs more than once in either submission, or has an empty part, is paired with nothing: of such rows the
multiset difference is taken, whole rows against whole rows, so that one of them counts as removed or added, never as
changed. A value that did not parse is compared and shown as the text that was delivered. Values are shown as findings
show them: long numbers in free text are masked, so that two different texts may look alike.
"""

from loantape.compare.changes import ADDED, CHANGED, FIELDS, REMOVED, SAME, FileChange, MoneyChange, TableChange
from loantape.compare.comparing import Comparison, comparing, pair

__all__ = [
    "ADDED",
    "CHANGED",
    "FIELDS",
    "REMOVED",
    "SAME",
    "Comparison",
    "FileChange",
    "MoneyChange",
    "TableChange",
    "comparing",
    "pair",
]
