"""The chaos run: disturb a whole installation at random, and count what became of everything that it accepted.

    sh scripts/chaos [--minutes 4] [--database sqlite|postgresql|both] [--seed N] [--json]

It runs real bot processes against the simulated outside systems, as the end-to-end tests do.
"""
