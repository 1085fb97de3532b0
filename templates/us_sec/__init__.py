"""SEC Form ABS-EE, exhibit EX-102: asset-level data of auto loans."""
