"""Somebody with a session who was a technician, and by now is a guest at the platforms."""

from dataclasses import dataclass

from support.bot_in_memory import (
    ANA,
    REQUEST,
    BotInMemory,
    actor_of,
)

from bot.commands import (
    Place,
    ReportOutage,
)
from bot.freshness import LOOK_AGAIN_AFTER
from bot.model.ids import (
    CommandKey,
    NoticeId,
    PlanId,
    RequestId,
    RequestNumber,
    SessionId,
    derive_outage_id,
)
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Session
from bot.model.technician import Platform
from bot.ports import Mail, Posted
from bot.values import replace
from bot.views.home import HomePage
from bot.views.links import holds_link
from bot.views.pages import View

SLACK = Platform.SLACK
ACCOUNTS = [actor_of(ANA, platform) for platform in Platform]
MAIL = NoticeId("mail")
NO_PLAN = PlanId("none")
THE_SESSION = SessionId("the session")
"""Stands for the id of Ana's session, which is known when the test runs."""
OUTAGE = derive_outage_id(CommandKey("outage"))
"""An outage of Ana's with one open session."""


@dataclass
class Scene:
    """A session of Ana's, who is an SDAdmin here and by now a guest at the platforms."""

    bot: BotInMemory
    session: Session
    earlier: dict[Posted, View]

    def shown_links(self) -> list[View | HomePage]:
        """Return what was shown since Ana became a guest, and holds a link."""
        shown: list[View | HomePage] = [one.view for one in self.bot.answers]
        for chat in (self.bot.slack, self.bot.teams):
            shown += chat.homes.values()
            shown += [view for place, view in chat.messages.items() if self.earlier.get(place) != view]
        return [view for view in shown if holds_link(view)]

    def mailed_links(self) -> list[Mail]:
        """Return the mails since then that hold a link into the session."""
        link = self.session.supporter_link
        assert link is not None
        return [mail for mail in self.bot.mailer.sent if link.reveal() in mail.text + mail.html]


async def new_scene(bot: BotInMemory, place: Place) -> Scene:
    """Create a session in a place, and let its technician become a guest."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ANA.email)
    for platform in Platform:
        await bot.open_home(ANA, platform)
    affected = replace(REQUEST, number=RequestNumber("102"), id=RequestId("900000000000000102"))
    bot.servicedesk.add_request(affected)
    await bot.send(ReportOutage((affected.number,)), place=place, key="outage")
    session = await bot.open_session(place=place)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    bot.unit_of_work.take_jobs()
    shown = [*(one.view for one in bot.answers), *bot.slack.messages.values(), *bot.teams.messages.values()]
    assert [view for view in shown if holds_link(view)], "while she is a technician, she gets her links"
    for chat in (bot.slack, bot.teams):
        for actor in ACCOUNTS:
            if actor in chat.profiles:
                chat.profiles[actor] = replace(chat.profiles[actor], is_guest=True)
        chat.answers.clear()
        chat.homes.clear()
    bot.mailer.sent.clear()
    # A mail with the link is still on its way.
    async with bot.unit_of_work.write() as tx:
        await tx.notices.add(
            Notice(MAIL, session.id, Recipient.TECHNICIAN, Channel.MAIL, NoticeState.PENDING, bot.clock())
        )
    bot.clock.move(seconds=int(LOOK_AGAIN_AFTER.total_seconds()) + 1)
    earlier = {**bot.slack.messages, **bot.teams.messages}
    return Scene(bot, await bot.session(session.id), earlier)
