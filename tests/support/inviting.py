"""Invitations in memory: invite somebody to a session, and read what came of it."""

from support.bot_in_memory import ANA, BEN, BotInMemory, actor_of

from bot.jobs import InviteColleague
from bot.model.card import Audience, Card
from bot.model.invitation import Invitation
from bot.model.session import Session
from bot.model.technician import Platform, Technician


async def invitations(bot: BotInMemory, session: Session) -> list[Invitation]:
    """Return the invitations to a session, in any state."""
    async with bot.unit_of_work.read() as tx:
        return list(await tx.invitations.of_session(session.id))


async def job_for(bot: BotInMemory, session: Session, user: str, by: Technician = ANA) -> InviteColleague:
    """Return the job of a command that invites somebody."""
    command = await bot.store_command(by=by)
    return InviteColleague(Platform.SLACK, session.id, user, by.email, by.name, command)


async def invite(bot: BotInMemory) -> Session:
    """Let Ana invite Ben to a new session, and run every job."""
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, actor_of(BEN).user))
    return session


async def invited_card(bot: BotInMemory, session: Session) -> Card:
    """Return the only card of an invitation to a session."""
    (card,) = [one for one in await bot.cards(session.id) if one.audience is Audience.INVITED]
    return card
