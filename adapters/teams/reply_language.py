"""The language of a reply: the stored profile's, else the Teams client's, else the organisation's."""

from adapters.teams.incoming.activity import TeamsActivity
from adapters.teams.render.markdown import plain_formatter
from bot.command_dispatcher import CommandDispatcher
from bot.i18n import Text, nearest
from bot.services import Services
from bot.views.parts import Reader


class ReplyLanguage:
    """Chooses the language of replies that no command renders."""

    def __init__(self, dispatcher: CommandDispatcher, services: Services) -> None:
        self._dispatcher = dispatcher
        self._services = services

    async def reader(self, activity: TeamsActivity) -> Reader:
        """Return the language and time zone of the sender."""
        language = nearest(activity.locale) if activity.locale else self._services.installation.language
        return await self._dispatcher.find_reader(activity.actor, Reader(language, activity.timezone))

    async def say(self, activity: TeamsActivity, text: Text) -> str:
        """Return a sentence for the sender, as text without markup."""
        return plain_formatter(await self.reader(activity)).say(text)
