"""A meter in memory."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.model.technician import Platform


@dataclass
class FakeMeter:
    """Keeps what was measured."""

    first_cards: list[tuple[Platform, timedelta]] = field(default_factory=list)

    def record_first_card(self, platform: Platform, after: timedelta) -> None:
        self.first_cards.append((platform, after))
