"""Look a request up and show its panel."""

from collections.abc import Mapping
from dataclasses import replace

from bot.commands import Create, History
from bot.i18n import _
from bot.model.card import Audience
from bot.model.ids import Email, RequestNumber
from bot.model.request import Request
from bot.model.session import Kind, Session
from bot.model.switches import Location
from bot.ports import Steps
from bot.services import Services
from bot.views.pages import RequestPanel
from bot.views.parts import Button, Style
from bot.views.session import card
from bot.workflows.post_card import show_card_job
from bot.workflows.replies import answer, problem


async def show_request(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Answer ``show N`` with the request and its open sessions; where answers last, each gets a card that follows it."""
    key = arguments["command"]
    shown = await steps.run("show the request", lambda: _show(arguments, services))
    if shown.problem is not None:
        view = problem(shown.problem)
        await steps.run("tell", lambda: answer(services, key, view))


async def _show(arguments: Mapping[str, str], services: Services) -> None:
    key = arguments["command"]
    request = await services.servicedesk.request(RequestNumber(arguments["number"]))
    shown = await panel(request, Email(arguments["by"]), services)
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(key)
        hides = (await tx.switches.read()).hides(Location.MESSAGE)
    if hides or address is None or not services.chats[address.actor.platform].capabilities.keeps_answers:
        await answer(services, key, shown)
        return
    await answer(services, key, replace(shown, cards=()))
    async with services.unit_of_work.write() as tx:
        for one in shown.cards:
            await tx.enqueue(show_card_job(one.session_id, key))


async def panel(request: Request, reader: Email | None, services: Services) -> RequestPanel:
    """Make the panel of a request for a technician; for nobody in particular (None) it carries no link."""
    async with services.unit_of_work.read() as tx:
        sessions = await tx.sessions.open_of_request(request.number)
        cards = [card(one, await tx.notices.of_session(one.id), _audience(one, reader)) for one in sessions]
    buttons = [Button(_("History"), History(request.number))]
    if not request.is_closed:
        buttons[:0] = [
            Button(_("Remote session"), Create(request.number, Kind.REMOTE), Style.PRIMARY),
            Button(_("Pilot session"), Create(request.number, Kind.PILOT)),
        ]
    return RequestPanel(request, cards, buttons)


def _audience(session: Session, reader: Email | None) -> Audience:
    if reader is None:
        return Audience.SHARED
    return Audience.CREATOR if session.technician == reader else Audience.TECHNICIAN
