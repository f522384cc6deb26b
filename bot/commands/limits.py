"""How much one command may ask for."""

LAST_PAGE = 10**9
"""Highest page of a list: more sessions than there will be, and an offset that every database accepts."""


MOST_AT_ONCE = 10
"""Most requests in one ``create``."""


MOST_IN_OUTAGE = 50
"""Most requests in one outage: all of them are accepted in one transaction, and their card stays readable."""
