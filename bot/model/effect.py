"""What a write changed. A confirmation is made of it, so that nothing is confirmed that did not happen."""

from enum import StrEnum


class Effect(StrEnum):
    """The effect of a write: it changed something, or everything was as wanted already."""

    CHANGED = "changed"
    NOTHING = "nothing"

    @classmethod
    def of(cls, *, changed: bool) -> "Effect":
        """Return the effect of a write that did or did not change something."""
        return cls.CHANGED if changed else cls.NOTHING
