"""The services of one installation, put together once by ``adapters/bootstrap.py``.

Only the two dispatchers take services out of here. A use case or a workflow receives exactly what it uses.
"""

from collections.abc import Callable

from bot.errors import Rejected
from bot.i18n import _
from bot.installation import Installation
from bot.model.connection import Connection
from bot.model.technician import Platform
from bot.ports import (
    Chat,
    Clock,
    Doctor,
    Mailer,
    Meter,
    PhoneNumbers,
    ServiceDesk,
    TeamViewer,
    Texter,
    TokenSource,
)
from bot.unit_of_work import UnitOfWork
from bot.values import value_class


class Chats(dict[Platform, Chat]):
    """The chat platforms that are set up.

    Raises Rejected for another one: cards and homes may still be stored of a platform that was set up before.
    """

    def __missing__(self, platform: Platform) -> Chat:
        raise Rejected(_("{platform} is not set up here any more.", platform=platform.value.capitalize()))


@value_class
class Services:
    """The ports, and the facts about this installation."""

    installation: Installation
    clock: Clock
    unit_of_work: UnitOfWork
    teamviewer: TeamViewer
    servicedesk: ServiceDesk
    mailer: Mailer
    texter: Texter
    phone_numbers: PhoneNumbers
    chats: Chats
    token_source: Callable[[Connection], TokenSource]
    doctor: Doctor
    meter: Meter
    changes_together_seconds: float = 0.0
    """How long a card and a home wait for further changes before they are updated. A home is updated again after ten times that."""
