"""A fictional regulator, to copy: balances by product."""
