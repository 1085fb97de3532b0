"""What comes in: the canonical tape, the rule book, the lenders, dated limits and published code lists."""
