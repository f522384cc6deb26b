"""The migrations: one file for each step, which can be undone."""
