"""One class per thing that can go wrong: what to do next, whether retrying helps, how a process should exit.

Belongs here: the vocabulary of failure that every layer shares. Not here: findings, which are facts about a lender's
data and never exceptions.
"""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_UNREADABLE = 2
EXIT_OUR_FAULT = 3


class LoantapeError(Exception):
    """Base of every error raised on purpose.

    ``what`` says what is wrong and where (file, line, column; personal values masked); ``next_step`` says what the
    reader should do. ``retry_helps`` tells Airflow whether another try can succeed.
    """

    exit_code = EXIT_OUR_FAULT
    retry_helps = False

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}\n  next: {next_step}")
        self.what = what
        self.next_step = next_step


class DeliveryError(LoantapeError):
    """The delivery as a whole cannot be taken in: the store is unchanged and the sender must act."""

    exit_code = EXIT_UNREADABLE


class UnknownLender(DeliveryError):
    """No lender module declares this name."""


class UnknownSubmission(LoantapeError):
    """The store holds no such submission."""

    exit_code = EXIT_UNREADABLE


class ConfigurationError(LoantapeError):
    """A key, folder, option or database address is missing or wrong."""

    exit_code = EXIT_UNREADABLE


class DeclarationError(LoantapeError):
    """A lender, rule, limit, indicator or filing is declared wrongly: found when the catalog loads."""


class LineLedgerMismatch(LoantapeError):
    """The parser and the byte-level ledger disagree on the rows of a file: nothing is stored."""


class RuleCrashed(LoantapeError):
    """A rule raised or its SQL aborted. This is a fault of ours and never a finding."""


class FilingRefused(LoantapeError):
    """A filing must not be made: open errors, a lender outside its scope, a value its format cannot express."""

    exit_code = EXIT_FINDINGS


class WaiverRefused(LoantapeError):
    """A waiver must not be written or accepted: nothing to explain, not a second person, other findings than then."""

    exit_code = EXIT_FINDINGS


class ReadBackMismatch(LoantapeError):
    """The independent reader did not find in a rendered file what was written: nothing is sealed."""


class PackageRejected(LoantapeError):
    """A filing package failed verification."""

    exit_code = EXIT_FINDINGS


class StoreBusy(LoantapeError):
    """Another process holds this submission."""

    exit_code = EXIT_UNREADABLE
    retry_helps = True
