"""The error about settings, and the prefix of their names."""

PREFIX = "TVBOT_"
"""Every variable begins with it."""


class BadSettings(Exception):
    """One or more settings are missing or wrong. ``problems`` names each one, and never quotes a value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
