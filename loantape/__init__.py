"""Loantape: loan tapes in, regulators' filings out.

This package is the machine. What comes in (``schemas``), what is computed (``transforms``) and what goes out
(``templates``) are content, found by ``loantape.catalog`` and never imported by name here.
"""

__version__ = "0.1.0"
