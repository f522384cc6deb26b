"""What others see too is in the organization's language (here English). What one person alone sees is in their own (here French)."""

import json
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import Email
from bot.values import replace


async def speak_french(person: Any, slack_user: SlackUser, bot: RunningBot) -> None:
    """Let a technician use both chats in French, from now on."""
    slack_user.environment.slack.state.users[person.user].locale = "fr-FR"
    person.teams.locale = "fr-FR"
    async with bot.unit_of_work.write() as tx:
        for profile in await tx.people.profiles_of(Email(person.email)):
            await tx.people.store_profile(replace(profile, locale="fr-FR"), bot.services.clock())


@pytest.fixture
async def french(admin: ChatUser, bot: RunningBot) -> ChatUser:
    """An SDAdmin who is connected, and uses both chats in French."""
    await speak_french(admin.technician, admin.slack_user, bot)
    return admin


async def test_card_in_a_channel_is_in_the_organizations_language(french: ChatUser, bot: RunningBot) -> None:
    """Those of one session, of several, of Pilot ones, and what becomes of them."""
    first, second, pilot = (french.slack_user.new_request() for _ in range(3))
    await french.type(f"créer {first} {second}")
    await french.type(f"pilote {pilot}")
    for number in (first, second, pilot):
        await until(lambda number=number: f"#{number}: Waiting for" in shared(french))
    await french.type(f"terminer {first}")
    await until(lambda: f"#{first}: Ended by Tom Ray" in shared(french))
    for french_word in ("En attente", "Session à distance ·", "Terminée par", "Demandeur"):
        assert french_word not in shared(french)


async def test_own_view_is_in_ones_own_language(french: ChatUser, bot: RunningBot) -> None:
    """The way in, the list, the status, the help, the report, the administration, and the creator's view of a card in Teams."""
    number = french.slack_user.new_request()
    await french.type(f"créer {number}")
    await until(lambda: french.card(number, "Waiting for") or french.card(number, "En attente"))
    if isinstance(french, InSlack):
        await french.reads(f"Session à distance pour la demande #{number}\u00a0: prête.")
    else:
        await until(lambda: french.card(number, "Entrer"))
    for words, answer in (
        ("liste", "Vos sessions ouvertes"),
        ("statut", "Vous êtes Tom Ray"),
        ("aide", "Commandes"),
        ("bonjour", "Je lance des sessions TeamViewer"),
        (f"historique {number}", f"Sessions de la demande #{number}"),
        (f"lien {number}", f"Lien du demandeur pour la demande #{number}"),
        ("admin report", "Personne n’a rejoint la session\u00a0:"),
        ("admin status", "Intégration TeamViewer"),
        ("admin audit", "a créé une session"),
        ("xyz", "xyz\u00a0» inconnue"),
    ):
        await french.type(words)
        await french.reads(answer)


async def test_home_is_in_ones_own_language(french: ChatUser, bot: RunningBot) -> None:
    number = french.slack_user.new_request(technician=french.technician.email)
    if isinstance(french, InSlack):
        await french.open_home()
        await until(lambda: f"#{number}" in french.home())
        shown = french.home()
    else:
        await french.type("accueil")
        await french.reads("Vos demandes")
        await french.reads(f"#{number}")
        shown = french.seen()
    assert "Vos demandes" in shown
    assert "Your requests" not in shown


def shared(user: ChatUser) -> str:
    """Return what everybody in the channel sees now, as the text of notifications: the bot's cards, and no answer to one person."""
    if isinstance(user, InSlack):
        return "\n".join(user.bot_messages())
    place = user.environment.teams.state.conversations[user.channel]
    cards = [one for one in place.messages if "refresh" in json.dumps([one.cards, one.past_contents])]
    return json.dumps([[one.activity_json.get("summary"), one.cards] for one in cards], ensure_ascii=False)


async def test_preview_of_a_link_is_in_the_organizations_language(french: ChatUser, bot: RunningBot) -> None:
    """Everybody reads it below the link."""
    number = french.slack_user.new_request("Lien collé")
    desk = french.environment.servicedesk
    await french.paste_link(f"{desk.web_url}/app/itdesk/ui/requests/{desk.requests[number].id}/details")
    link = f"{desk.web_url}/app/itdesk/ui/requests/{desk.requests[number].id}/details"
    await until(lambda: french.preview_of(link))
    assert "Requester" in french.preview_of(link)
    assert "Demandeur" not in french.preview_of(link)


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in Teams who reads French."""
    user = TeamsUser.of_slack_user(slack_user)
    await user.authorize()
    await speak_french(user.technician, slack_user, bot)
    return user


async def test_posted_search_result_is_in_the_organizations_language(teams: TeamsUser) -> None:
    """The row in the list is the searcher's own. The card that they post is for all."""
    teams.slack_user.new_request("Extension in two languages")
    person, tenant = teams.technician.teams, teams.environment.teams
    found = await tenant.query_extension(person, teams.channel, "searchRequests", "two languages")
    posted = json.dumps(tenant.post_result(person, teams.channel, found).cards, ensure_ascii=False)
    assert "Requester" in posted
    assert "Demandeur" not in posted


async def test_welcome_in_a_team_is_in_the_organizations_language(teams: TeamsUser) -> None:
    person, tenant = teams.technician.teams, teams.environment.teams
    channel = tenant.add_team_channel("Bienvenue", "General", [person])
    await tenant.install_app(channel, person)
    (welcome,) = await until(lambda: [one for one in channel.messages if one.sender == "bot"])
    assert "I start TeamViewer sessions" in json.dumps(welcome.cards)
