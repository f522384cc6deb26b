"""Alembic's scripts: one file a step, each with its way back."""
