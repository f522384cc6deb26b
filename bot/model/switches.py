"""The switches of SDAdmins: the integration, and the widget with its locations."""

from enum import StrEnum

from bot.values import field, value_class


class Location(StrEnum):
    """A location of the widget."""

    MESSAGE = "message"
    HOME = "home"
    UNFURL = "unfurl"


@value_class
class Switches:
    """The switches of one organization. The integration starts switched on."""

    integration: bool = True
    widget: bool = True
    locations: frozenset[Location] = field(default_factory=lambda: frozenset(Location))

    def shows(self, location: Location) -> bool:
        """Whether the widget is shown at ``location``."""
        return self.integration and not self.hides(location)

    def hides(self, location: Location) -> bool:
        """Whether the widget is switched off at ``location``, regardless of the integration."""
        return not self.widget or location not in self.locations
