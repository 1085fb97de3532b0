"""What several regulators' folders need: no regulator's format, and no declaration. Regulators may import this."""
