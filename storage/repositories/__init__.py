"""Repositories: one file for each kind of stored thing. They implement the Protocols of ``bot/unit_of_work/``."""
