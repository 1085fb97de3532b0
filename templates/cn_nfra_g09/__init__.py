"""Form G09 of the 1104 returns: internet loans of commercial banks, in a layout reconstructed from descriptions."""
