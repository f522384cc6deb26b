"""In whose language a person in Teams is answered before, or without, a view: by their profile, else by their client."""

from adapters.teams.heard import Heard
from adapters.teams.render.markdown import plain_formatter
from bot.command_dispatcher import CommandDispatcher
from bot.i18n import Text, nearest
from bot.services import Services
from bot.views.parts import Reader


class Voice:
    """Says single sentences as text without markup, words to type as people type them in Teams."""

    def __init__(self, dispatcher: CommandDispatcher, services: Services) -> None:
        self._dispatcher = dispatcher
        self._services = services

    async def reader(self, heard: Heard) -> Reader:
        """Tell how somebody reads; where neither profile nor client says it, in the organisation's language."""
        language = nearest(heard.locale) if heard.locale else self._services.installation.language
        return await self._dispatcher.reader_for(heard.actor, Reader(language, heard.timezone))

    async def say(self, heard: Heard, text: Text) -> str:
        """Say a sentence to whoever was heard."""
        return plain_formatter(await self.reader(heard)).say(text)
