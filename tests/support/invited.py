"""A bot in memory that invites requesters in chat, and Rita, who raised the request, as an account in a chat."""

from support.bot_in_memory import REQUEST, BotInMemory
from support.fakes.chat import FakeChat

from bot.model.ids import Email
from bot.model.notice import Notice
from bot.model.session import Session
from bot.model.technician import Actor, Platform, Profile
from bot.ports import Posted
from bot.values import replace
from bot.views.chat_invitation import Invitation
from bot.views.pages import View

RITA = Email(str(REQUEST.requester.email))


def rita_on(platform: Platform, tenant: str = "T1") -> Actor:
    """Return Rita's account."""
    return Actor(platform, tenant, "URITA")


async def inviting_bot(*platforms: Platform) -> BotInMemory:
    """Return a bot that invites requesters in chat. Rita has an account on these platforms."""
    bot = BotInMemory(tells_requester_in_chat=True)
    await bot.start()
    for platform in platforms:
        add_rita(bot, platform)
    return bot


def add_rita(bot: BotInMemory, platform: Platform, tenant: str = "T1", **profile: object) -> Actor:
    """Add an account with Rita's address."""
    account = rita_on(platform, tenant)
    made = Profile(account, "Rita", RITA, locale="fr-FR", timezone="Europe/Paris")
    chat_of(bot, platform).profiles[account] = replace(made, **profile)  # type: ignore[arg-type]  # tests name the fields
    return account


def chat_of(bot: BotInMemory, platform: Platform) -> FakeChat:
    """Return the fake of a platform."""
    return bot.slack if platform is Platform.SLACK else bot.teams


def messages_to_rita(bot: BotInMemory, platform: Platform = Platform.SLACK) -> list[View]:
    """Return what the messages to Rita on a platform show now, oldest first."""
    chat = chat_of(bot, platform)
    return [chat.messages[place] for place in places_of_rita(bot, platform)]


def places_of_rita(bot: BotInMemory, platform: Platform = Platform.SLACK) -> list[Posted]:
    """Return the places of the messages to Rita."""
    chat = chat_of(bot, platform)
    return [place for place, actor in chat.private.items() if actor.user == "URITA"]


def links_to_rita(bot: BotInMemory) -> list[View]:
    """Return the messages to Rita that lead anywhere, on both platforms."""
    shown = [one for platform in Platform for one in messages_to_rita(bot, platform)]
    return [one for one in shown if isinstance(one, Invitation)]


async def chat_notices(bot: BotInMemory, session: Session) -> list[Notice]:
    """Return the notices of a session that go to a chat."""
    return [one for one in await bot.notices(session.id) if one.channel.is_chat]
