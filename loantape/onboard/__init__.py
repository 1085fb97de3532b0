"""From a strange file to the draft of a lender's module: what is in it, what it probably means, what is doubtful.

Belongs here: profiling one file and writing down a declaration for a person to finish. Not here: reading deliveries
(``loantape.intake``), or the declarations themselves (``schemas.lenders``).
"""

from __future__ import annotations

from loantape.onboard.draft import Draft, onboard
from loantape.onboard.show import as_json, print_profile

__all__ = ["Draft", "as_json", "onboard", "print_profile"]
