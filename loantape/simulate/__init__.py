"""Simulated deliveries of any size with a known answer key, from six fictional lenders.

``simulate`` is the only way in. Not here: the lenders' declarations (schemas/lenders), which read these deliveries
like any other.
"""

from __future__ import annotations

from loantape.simulate.archetypes import ARCHETYPES, Archetype, RollRates
from loantape.simulate.delivery import simulate

__all__ = ["ARCHETYPES", "Archetype", "RollRates", "simulate"]
