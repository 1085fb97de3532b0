"""EAST 5.0: the standard data that banks send to the National Financial Regulatory Administration each month."""
