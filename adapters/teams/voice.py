"""In whose language a person in Teams is answered before, or without, a view: by their profile, else by their client."""

from adapters.teams.heard import Heard
from adapters.teams.render.markdown import spoken
from bot.front_desk import FrontDesk
from bot.i18n import Text, nearest
from bot.views.parts import Reader
from bot.world import World


class Voice:
    """Says single sentences as text without markup, words to type as people type them in Teams."""

    def __init__(self, desk: FrontDesk, world: World) -> None:
        self._desk = desk
        self._world = world

    async def reader(self, heard: Heard) -> Reader:
        """Tell how somebody reads; where neither profile nor client says it, in the organisation's language."""
        language = nearest(heard.locale) if heard.locale else self._world.language
        return await self._desk.reader(heard.actor, Reader(language, heard.timezone))

    async def say(self, heard: Heard, text: Text) -> str:
        """Say a sentence to whoever was heard."""
        return spoken(await self.reader(heard)).say(text)
