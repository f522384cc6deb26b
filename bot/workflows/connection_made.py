"""What follows when a technician connects their TeamViewer account."""

from collections.abc import Mapping

from bot.i18n import Words, _
from bot.ports import Steps
from bot.services import Services
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.home import refresh_homes
from bot.workflows.replies import answer


async def greet_connection(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Tell in the chat that the sign-in worked, and what comes next."""
    await steps.run("tell", lambda: _greet(arguments["connection"], arguments["command"], services))
    await steps.run("show the home", lambda: _show_home(arguments["connection"], services))


async def _show_home(connection_id: str, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        connection = await tx.connections.get(connection_id)
    if connection is not None:
        await refresh_homes(services, connection.technician)


async def _greet(connection_id: str, command_key: str, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        connection = await tx.connections.get(connection_id)
    if connection is None:
        return
    account = connection.account
    view = Message(
        _(
            "You are connected to TeamViewer as {name} ({email}).",
            name=account.name,
            email=account.email or account.user_id,
        ),
        Tone.GOOD,
        details=[_("Now type {words} with the number of a request.", words=Words("create N"))],
        is_personal=True,
    )
    await answer(services, command_key, view)


async def ask_about_account(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Tell in the chat, too, that a foreign account waits for a word: the technician may not be the one signing in."""
    text = _(
        "Somebody signed in at TeamViewer as {account}, which is not your address {technician}.",
        account=arguments["account"],
        technician=arguments["technician"],
    )
    details = [
        _(
            "If that was you, confirm it on the page in your browser. If not, do nothing: nothing has been connected."
        )
    ]
    view = Message(text, Tone.PROBLEM, details, is_personal=True)
    await steps.run("ask", lambda: answer(services, arguments["command"], view))
