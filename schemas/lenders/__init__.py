"""How each lender's files become the canonical tape: one module per lender, a LENDER or LENDERS each, nothing else."""
