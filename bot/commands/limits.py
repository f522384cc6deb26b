"""How much one command may ask for."""

LAST_PAGE = 10**9
"""Highest page of a list: more sessions than there will be, and an offset that every database accepts."""


MOST_AT_ONCE = 10
"""Most requests in one ``create``."""
