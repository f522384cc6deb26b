"""What an SDAdmin switches: the integration, and the widget with its display locations."""

from dataclasses import dataclass, field
from enum import StrEnum


class Location(StrEnum):
    """Where the widget may stand."""

    MESSAGE = "message"
    HOME = "home"
    UNFURL = "unfurl"


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of one organisation. The integration starts switched on."""

    integration: bool = True
    widget: bool = True
    locations: frozenset[Location] = field(default_factory=lambda: frozenset(Location))

    def shows(self, location: Location) -> bool:
        """Whether the widget stands at ``location``."""
        return self.integration and not self.hides(location)

    def hides(self, location: Location) -> bool:
        """Whether the widget was switched off for ``location``, whatever the integration does."""
        return not self.widget or location not in self.locations
