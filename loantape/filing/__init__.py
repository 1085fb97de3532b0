"""Filings: refusing, rendering, reading back, packaging, signing, verifying."""
