"""The requester in chat: invited in their own chat and language, answers “Not now”, and is left no link after the end."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.colleague import offer_to
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.invited_requester import Invited, InvitedInSlack, InvitedInTeams, new_requester
from support.joins import IS_YOURS, read_page, renew
from support.slack_user import SlackUser, until

from bot.values import replace
from sandbox.environment import Environment, Person

JOIN, NOT_NOW = "Rejoindre", "Pas maintenant"
INVITED = "Tom Ray souhaite vous aider"
ANSWERED = "Ann Lee answered “Not now” to the invitation"


class Installation(NamedTuple):
    """A technician of an installation that invites requesters in chat, and colleagues whom no test has used yet."""

    slack_user: SlackUser
    colleagues: list[Person]


@pytest.fixture(scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One bot for all tests of this file. No shared bot: this one is set up differently."""
    folder = tmp_path_factory.mktemp("inviting")
    environment = Environment()
    await environment.start()
    slack_user = SlackUser.new(environment)
    # The bot reads the list of technicians once, so all are on it before the start.
    colleagues = [slack_user.new_technician() for _test in range(8)]
    settings = settings_for(environment, f"sqlite:///{folder}/tvbot.db", TVBOT_TELL_REQUESTER_IN_CHAT="true")
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, folder / "log", "serve")
    await bot.start()
    yield Installation(slack_user, colleagues)
    assert await bot.stop() == 0
    await environment.stop()
    log = bot.log()
    assert "Traceback" not in log
    assert "/join/" not in log.replace("/join/{token}", "")
    assert "@example.test" not in log


@pytest.fixture
def slack_user(installation: Installation) -> SlackUser:
    """The technician, in a channel of Slack with the bot."""
    return installation.slack_user


@pytest.fixture(params=[InvitedInSlack, InvitedInTeams], ids=["in-slack", "in-teams"])
async def requester(request: pytest.FixtureRequest, slack_user: SlackUser, connected: ChatUser) -> Invited:
    """Ann Lee, who reads French, with an account in one chat alone."""
    return await new_requester(slack_user.environment, request.param, locale="fr-FR")


def card_without_message(user: ChatUser, number: str) -> bool:
    """Whether the card names the e-mail to the requester, and no message in a chat: nobody needs to read of none."""
    card = user.card(number, "E-mail to Ann Lee: sent")
    return card is not None and "Message to Ann Lee" not in user.text(card)


async def create(user: ChatUser, requester: Invited, words: str = "create") -> tuple[str, Any]:
    """Create a session for a new request of the requester. Return its number and the invitation."""
    number = user.slack_user.new_request(requester_email=requester.person.email)
    await user.type(f"{words} {number}")
    return number, await until(lambda: invitation(requester))


def invitation(requester: Invited) -> Any:
    """Return the newest message of the bot to the requester, or None."""
    return next(reversed(requester.messages()), None)


async def test_requester_is_invited_with_the_join_page_in_their_language(
    connected: ChatUser, requester: Invited
) -> None:
    """From either chat to either chat."""
    number, message = await create(connected, requester)
    assert INVITED in requester.text(message)
    assert requester.labels(message) == [JOIN, NOT_NOW]
    (link,) = requester.links(message)
    (session,) = connected.slack_user.sessions(number)
    assert session.supporter_token not in requester.seen()
    async with aiohttp.ClientSession() as client, client.get(link) as page:
        assert page.status == 200
        assert session.end_customer_link in await page.text()
    line = f"Message to Ann Lee in {requester.name}: sent"
    await until(lambda: connected.card(number, line))
    notes = connected.environment.servicedesk.notes
    await until(lambda: any(line in str(note) for note in notes(number)))
    assert len(requester.messages()) == 1


async def test_not_now_is_on_the_card_and_in_one_ping(connected: ChatUser, requester: Invited) -> None:
    number, message = await create(connected, requester)
    await until(lambda: connected.card(number, "sent"))
    await requester.press(message, NOT_NOW)
    await until(lambda: "peut voir votre réponse" in requester.seen())
    await until(lambda: connected.card(number, "answered “Not now” at"))
    await until(lambda: connected.pings(f"{ANSWERED} for request #{number}"))
    await until(lambda: requester.labels(invitation(requester)) == [JOIN])
    assert len(connected.pings(f"{ANSWERED} for request #{number}")) == 1


async def test_press_of_somebody_else_is_refused(connected: ChatUser, requester: Invited) -> None:
    """A technician forges the press of the requester. The refusal reveals nothing."""
    number, message = await create(connected, requester)
    colleague = connected.new_technician()
    if isinstance(requester, InvitedInTeams):
        requester.environment.teams.personal_chat(requester.person.teams).members.append(colleague.teams)
    else:
        dm = requester.environment.slack.open_dm(requester.person.user)
        requester.environment.slack.channels[dm].members.add(colleague.user)
    answer = await requester.press(message, NOT_NOW, by=colleague)
    await until(lambda: "Only the person who was invited" in requester.seen(colleague) + str(answer.body))
    assert not connected.card(number, "answered “Not now”")


async def test_message_has_no_buttons_after_the_end(connected: ChatUser, requester: Invited) -> None:
    number, message = await create(connected, requester)
    await connected.type(f"end {number}")
    await until(lambda: requester.labels(invitation(requester)) == [])
    assert "est terminée" in requester.text(invitation(requester))
    if isinstance(requester, InvitedInSlack):
        await requester.press(message, NOT_NOW, stale=True)
        await until(lambda: requester.seen().count("est terminée") > 1)


async def test_resent_link_comes_as_a_new_message_and_the_first_one_says_so(
    connected: ChatUser, requester: Invited
) -> None:
    number, _message = await create(connected, requester)
    await until(lambda: connected.card(number, f"in {requester.name}: sent"))
    await connected.type(f"reinvite {number}")
    await until(lambda: len(requester.messages()) == 2)
    first, second = requester.messages()
    await until(lambda: requester.labels(first) == [])
    assert "invitation plus récente" in requester.text(first)
    assert requester.labels(second) == [JOIN, NOT_NOW]


@pytest.mark.parametrize("colleagues_chat", [InSlack, InTeams], ids=["to slack", "to teams"])
async def test_message_names_who_takes_the_session_over_and_they_read_the_answer(
    connected: ChatUser,
    requester: Invited,
    installation: Installation,
    colleagues_chat: Callable[[SlackUser], ChatUser],
) -> None:
    """The message stays the only one, and leads to the same page. “Not now” reaches the colleague, and not the former technician."""
    number, message = await create(connected, requester)
    await until(lambda: connected.card(number, f"in {requester.name}: sent"))
    (link,) = requester.links(message)
    colleague = colleagues_chat(replace(connected.slack_user, technician=installation.colleagues.pop()))
    await colleague.authorize()
    await colleague.press(await offer_to(connected, colleague, number), "Accept")
    await until(lambda: colleague.own_chat(IS_YOURS))
    await until(lambda: "Ines Moreau souhaite vous aider" in requester.text(invitation(requester)))
    assert "Tom Ray" not in requester.text(invitation(requester))
    assert requester.links(invitation(requester)) == [link]
    await requester.press(message, NOT_NOW)
    said = f"{ANSWERED} for request #{number}"
    await until(lambda: said in colleague.seen())
    await until(lambda: requester.labels(invitation(requester)) == [JOIN])
    assert connected.pings(said) == []
    assert len(requester.messages()) == 1


async def test_message_goes_on_after_a_renewal(connected: ChatUser, requester: Invited) -> None:
    """It leads to the new session by the same page, and no second message comes."""
    number, message = await create(connected, requester)
    await until(lambda: connected.card(number, f"in {requester.name}: sent"))
    (link,) = requester.links(message)
    new = await renew(connected, number)
    assert requester.links(invitation(requester)) == [link]
    assert new.end_customer_link in await read_page(link)
    await connected.type(f"end {number}")
    await until(lambda: requester.labels(invitation(requester)) == [])
    assert len(requester.messages()) == 1


async def test_switch_of_the_command_leaves_the_chat_out(connected: ChatUser, requester: Invited) -> None:
    number = connected.slack_user.new_request(requester_email=requester.person.email)
    await connected.type(f"create {number} --no-chat")
    await until(lambda: connected.environment.servicedesk.notes(number))
    assert requester.messages() == []
    assert not connected.card(number, "Message to")


async def test_form_has_the_switch(connected: ChatUser, requester: Invited) -> None:
    number = connected.slack_user.new_request(requester_email=requester.person.email)
    await connected.fill_form(number, number)
    await until(lambda: invitation(requester))
    off: dict[str, Any] = {"in_chat": [] if type(connected).__name__ == "InSlack" else "false"}
    other = connected.slack_user.new_request(requester_email=requester.person.email)
    await connected.fill_form(other, other, **off)
    await until(lambda: connected.environment.servicedesk.notes(other))
    assert len(requester.messages()) == 1


async def test_guest_with_the_address_of_the_requester_gets_nothing(
    connected: ChatUser, slack_user: SlackUser
) -> None:
    environment = slack_user.environment
    address = f"guest.{len(environment.slack.state.users)}@example.test"
    guest = environment.add_chat_user("Ann Lee", address, is_restricted=True)
    guest.teams.role = "guest"
    number = slack_user.new_request(requester_email=address)
    await connected.type(f"create {number}")
    await until(lambda: card_without_message(connected, number))
    assert "/join/" not in InvitedInSlack(environment, guest).seen()


async def test_requester_who_typed_nothing_in_teams_cannot_be_reached_there(
    chat: Callable[[SlackUser], ChatUser], connected: ChatUser, slack_user: SlackUser
) -> None:
    """Teams lets the bot write only to people who have a chat with it already."""
    del chat
    environment: Environment = slack_user.environment
    address = f"unmet.{len(environment.slack.state.users)}@example.test"
    person = environment.add_chat_user("Ann Lee", address)
    environment.slack.state.users[person.user].email = f"other.{address}"
    number = slack_user.new_request(requester_email=address)
    await connected.type(f"create {number}")
    await until(lambda: card_without_message(connected, number))
    assert not environment.teams.personal_chat(person.teams).messages
