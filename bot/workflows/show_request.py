"""Look a request up and show its panel."""

from collections.abc import Mapping

from bot.commands import Create, History
from bot.i18n import _
from bot.jobs import PostCard, ShowRequest
from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.request import Request
from bot.model.session import Kind, Session
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Chat, ServiceDesk, Steps
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.views.pages import RequestPanel
from bot.views.parts import Button, Style
from bot.views.plan import plan_of_line
from bot.views.session import make_session_card
from bot.workflows.replies import Replies, problem_view

MOST_PLANNED = 5
"""How many planned sessions a panel names."""


async def load_panel(request: Request, reader: Email | None, unit_of_work: UnitOfWork) -> RequestPanel:
    """Return the panel of a request for a technician. For nobody in particular (None) it carries no link."""
    async with unit_of_work.read() as tx:
        sessions = await tx.shown_sessions.open_of_request(request.number)
        # A preview is for everybody in a channel, and shows open sessions alone.
        planned = [] if reader is None else await tx.plans.planned_for(request.number)
        cards = [
            make_session_card(
                one.session, one.notices, _audience(one.session, reader), invitations=one.invitations
            )
            for one in sessions
        ]
    # A request that is closed or in the trash can still be looked up, but gets no new sessions.
    buttons = [Button(_("History"), History(request.number))]
    if request.takes_sessions:
        buttons[:0] = [
            Button(_("Remote session"), Create(request.number, Kind.REMOTE), Style.PRIMARY),
            Button(_("Pilot session"), Create(request.number, Kind.PILOT)),
        ]
    return RequestPanel(request, cards, buttons, [plan_of_line(one) for one in planned[:MOST_PLANNED]])


def _audience(session: Session, reader: Email | None) -> Audience:
    if reader is None:
        return Audience.SHARED
    return Audience.CREATOR if session.technician == reader else Audience.TECHNICIAN


async def show_request(
    job: ShowRequest,
    steps: Steps,
    *,
    servicedesk: ServiceDesk,
    unit_of_work: UnitOfWork,
    chats: Mapping[Platform, Chat],
    replies: Replies,
) -> None:
    """Answer with the request and its open sessions. Where answers stay, each session gets a card that follows it."""

    async def answer() -> None:
        request = await servicedesk.request(job.number)
        panel = await load_panel(request, job.by, unit_of_work)
        async with unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
            hides = (await tx.switches.read()).hides(Location.MESSAGE)
        if hides or address is None or not chats[address.actor.platform].capabilities.keeps_answers:
            await replies.answer_command(job.command, panel)
            return
        await replies.answer_command(job.command, replace(panel, cards=()))
        async with unit_of_work.write() as tx:
            for shown in panel.cards:
                key = f"show_card:{shown.session_id}:{job.command}"
                await tx.enqueue(PostCard(job.platform, shown.session_id, job.command), key=key)

    answered = await steps.run_step("show the request", answer)
    if answered.problem is not None:
        view = problem_view(answered.problem)
        await steps.run_step("report the problem", lambda: replies.answer_command(job.command, view))
