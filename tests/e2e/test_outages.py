"""An outage in both chats: one note, one card that counts, and a session for each request under the same rules as one."""

import json
from collections.abc import Callable
from typing import Any

from support.bot import RunningBot
from support.chat_user import ChatUser
from support.colleague import new_colleague
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.joins import hand_over, open_at_teamviewer, renew
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import RequestNumber
from sandbox.teams.card_inputs import iter_inputs


def new_requests(user: ChatUser, count: int = 3) -> list[str]:
    return [user.slack_user.new_request(f"Mail {place} fails") for place in range(count)]


async def report(user: ChatUser, *numbers: str, saying: str = "waiting") -> Any:
    """Report an outage by typed words, and return its card once it says this."""
    await user.type(f"outage {' '.join(numbers)} --note mail server")
    return await until(lambda: user.card(numbers[0], saying))


async def test_one_card_counts_the_sessions_until_all_are_over(connected: ChatUser, bot: RunningBot) -> None:
    numbers = new_requests(connected)
    await report(connected, *numbers, saying="Outage: 3 requests — 3 waiting")
    await bot.settle()
    for number in numbers:
        (session,) = connected.slack_user.sessions(number)
        assert "mail server" in session.description
        assert connected.count_cards(number) == 1, "the card of the outage is the only one"
    connected.environment.teamviewer.join_session(connected.slack_user.sessions(numbers[1])[0].code)
    await until(lambda: connected.card(numbers[0], "2 waiting, 1 with the requester there"))
    await connected.type(f"end {numbers[0]}")
    card = await until(lambda: connected.card(numbers[0], "1 waiting, 1 with the requester there, 1 ended"))
    await connected.press(card, "End all")
    card = await until(lambda: connected.card(numbers[0], "Outage: 3 requests — 3 ended"))
    assert connected.labels(card) == []
    assert {connected.slack_user.sessions(one)[0].state for one in numbers} == {"closed"}


async def test_ways_in_are_shown_to_their_technician_alone(connected: ChatUser, bot: RunningBot) -> None:
    numbers = new_requests(connected)
    card = await report(connected, *numbers, saying="3 waiting")
    await bot.settle()
    sessions = [connected.slack_user.sessions(one)[0] for one in numbers]
    secrets = [link for one in sessions for link in (one.supporter_link, one.end_customer_link)]
    assert not any(link in connected.ever_seen() for link in secrets)
    await connected.press(card, "Show mine")
    await until(lambda: all(one.supporter_link in connected.ever_seen() for one in sessions))
    assert not any(link in connected.channel_text() for link in secrets)
    colleague = connected.new_technician()
    await connected.press(card, "Show mine", by=colleague)
    await until(lambda: "no open session in this outage" in _said_to(connected, colleague))
    assert not any(link in connected.ever_seen(colleague) for link in secrets)


async def test_colleague_who_may_not_end_the_sessions_is_refused(
    connected: ChatUser, bot: RunningBot
) -> None:
    numbers = new_requests(connected, 2)
    card = await report(connected, *numbers, saying="2 waiting")
    colleague = connected.new_technician()
    await connected.press(card, "End all", by=colleague)
    await until(lambda: "belongs to Tom Ray" in _said_to(connected, colleague))
    await bot.settle()
    assert connected.card(numbers[0], "2 waiting")


async def test_card_follows_a_session_that_is_renewed_and_one_that_is_handed_over(
    connected: ChatUser, chat: Callable[[SlackUser], ChatUser], bot: RunningBot
) -> None:
    kept, given = new_requests(connected, 2)
    card = await report(connected, kept, given, saying="2 waiting")
    await bot.settle()
    former = connected.slack_user.sessions(kept)[0]
    renewed = await renew(connected, kept)
    colleague = await new_colleague(connected, chat)
    await hand_over(connected, colleague, given)
    await until(lambda: "Ines Moreau" in connected.text(connected.card(kept, "2 waiting")))
    await connected.press(card, "Show mine")
    await until(lambda: renewed.supporter_link in connected.ever_seen())
    await bot.settle()
    (theirs,) = open_at_teamviewer(connected, given)
    assert theirs.supporter_link not in connected.ever_seen()
    assert renewed.supporter_link not in connected.channel_text()
    assert former.state == "closed"


async def test_requests_that_are_refused_are_listed_with_the_reason(
    connected: ChatUser, bot: RunningBot
) -> None:
    (good, open_already), closed = (
        new_requests(connected, 2),
        connected.slack_user.new_request(status="Closed"),
    )
    await connected.type(f"create {open_already}")
    await until(lambda: connected.card(open_already, "Waiting for"))
    counts = "Outage: 4 requests — 1 waiting, 3 refused"
    card = await report(connected, good, open_already, closed, "987654321", saying=counts)
    text = connected.text(card)
    assert "Reopen it first" in text
    assert "987654321" in text
    assert f"You have a session open for request #{open_already} already" in text
    assert len(connected.slack_user.sessions(open_already)) == 1
    await bot.settle()


async def test_outage_that_is_delivered_again_has_one_card(connected: ChatUser, bot: RunningBot) -> None:
    numbers = new_requests(connected, 2)
    await connected.type_repeatedly(f"outage {' '.join(numbers)}", times=3)
    await until(lambda: connected.card(numbers[0], "2 waiting"))
    await bot.settle()
    assert connected.count_cards(numbers[0]) == 1
    assert [len(connected.slack_user.sessions(one)) for one in numbers] == [1, 1]


async def test_a_number_that_is_none_creates_nothing(connected: ChatUser, bot: RunningBot) -> None:
    (number,) = new_requests(connected, 1)
    await connected.ask(f"outage {number} printer", "“printer” is not a request’s number")
    await bot.settle()
    assert connected.slack_user.sessions(number) == []


async def test_home_opens_the_form(connected: ChatUser) -> None:
    await connected.open_home()
    await until(lambda: '{"do":"outage-form"' in "".join(connected.home_commands()))


async def test_form_of_slack_takes_chosen_and_pasted_requests(slack_user: Any, bot: RunningBot) -> None:
    """A text that is no number is reported at its field, and the form keeps what was filled in."""
    user = InSlack(slack_user)
    await user.authorize()
    slack, me = user.environment.slack, user.technician.user
    mine = user.slack_user.new_request("Mine", technician=user.technician.email)
    pasted, other = new_requests(user, 2)
    await user.type("outage")
    modal = await until(lambda: slack.current_modal(me))
    options = await slack.search_options(me, "tv:requests", "requests", "")
    assert [one["value"] for one in options.json["options"]] == [mine], (
        "those that are assigned to the reader"
    )
    refused = await slack.submit_modal(me, modal.id, {"requests": [mine], "numbers": f"{pasted}, printer"})
    assert "“printer” is not a request’s number" in refused.json["errors"]["numbers"]
    assert slack.current_modal(me) is not None
    filled = {"requests": [mine], "numbers": f"{pasted};#{other}\n{mine}", "note": "mail server"}
    await slack.submit_modal(me, modal.id, filled)
    card = await until(lambda: user.card(mine, "Outage: 3 requests — 3 waiting"))
    assert "Note: mail server" in user.text(card)
    await bot.settle()
    async with bot.unit_of_work.read() as tx:
        (session,) = await tx.sessions.history(number=RequestNumber(mine), limit=5)
    assert session.note == "mail server"


async def test_form_of_teams_takes_pasted_requests(slack_user: Any, bot: RunningBot) -> None:
    """A text that is no number is refused beside the button, and the form stays."""
    user = InTeams(slack_user)
    await user.authorize()
    teams: TeamsUser = user.teams
    numbers = new_requests(user, 2)
    await teams.say("outage", where=teams.personal)
    form = await until(lambda: user.newest_with("Create"))
    refused = await teams.press(form, "Create", {"numbers": "printer"})
    assert "is not a request’s number" in json.dumps(refused.body, ensure_ascii=False)
    assert not form.deleted
    await teams.press(form, "Create", {"numbers": f"{numbers[0]}, {numbers[1]}", "note": "mail server"})
    await until(lambda: form.deleted)
    await until(lambda: teams.card(numbers[0], "Outage: 2 requests — 2 waiting", where=teams.personal))
    await bot.settle()
    assert not user.card(numbers[0]), "the form was in one's own chat"


async def test_form_of_teams_offers_ones_own_requests_in_private_alone(
    slack_user: Any, bot: RunningBot
) -> None:
    """Others read the form in a channel, so it lists nobody's requests there."""
    user = InTeams(slack_user)
    await user.authorize()
    mine, mine_too = (
        user.slack_user.new_request(f"Mine {one}", technician=user.technician.email) for one in "ab"
    )
    (pasted,) = new_requests(user, 1)
    form = await open_outage_form(user.teams)
    assert f"#{mine}  Mine a" in user.text(form)
    await user.teams.press(form, "Create", {"chosen": f"{mine},{mine_too}", "numbers": pasted})
    await until(lambda: user.teams.card(mine, "Outage: 3 requests — 3 waiting", where=user.teams.personal))
    await user.type("outage")
    shared = await until(lambda: user.newest_with("Create"))
    assert shared.conversation is user.teams.channel
    assert "Mine a" not in user.text(shared)
    await bot.settle()


async def test_form_of_teams_posts_the_card_in_a_chosen_channel(slack_user: Any, bot: RunningBot) -> None:
    """The form in one's own chat offers channels. The card goes there, and the answers stay."""
    teams = await teams_in_a_team(slack_user)
    number = slack_user.new_request()
    channel = teams.environment.teams.add_team_channel(
        teams.channel.team_name, "Outages", [teams.technician.teams]
    )
    form = await open_outage_form(teams)
    (value,) = [value for title, value in offered(form).items() if title.endswith("Outages")]
    await teams.press(form, "Create", {"numbers": number, "channel": value})
    await until(lambda: teams.card(number, "Outage: 1 request — 1 waiting", where=channel))
    await until(lambda: "The card of the outage is in" in teams.seen())
    await bot.settle()
    assert not teams.card(number, "Outage: 1 request", where=teams.personal)


async def teams_in_a_team(slack_user: Any) -> TeamsUser:
    """Return a technician in Teams, connected, in a team with the bot."""
    teams = TeamsUser.of_slack_user(slack_user)
    person, tenant = teams.technician.teams, teams.environment.teams
    name = f"Mail {teams.channel.team_name.rpartition(' ')[2]}"
    teams.channel = tenant.add_team_channel(name, "General", [person])
    await tenant.install_app(teams.channel, person)
    await teams.authorize()
    return teams


async def open_outage_form(teams: TeamsUser) -> Any:
    """Type a bare ``outage`` in the technician's own chat, and return the message with the form."""
    chat = teams.personal
    before = len(chat.messages)
    await teams.say("outage", where=chat)

    def find() -> Any:
        new = [one for one in chat.messages[before:] if one.sender == "bot"]
        return next((one for one in new if "Create" in teams.titles(one)), None)

    return await until(find)


def offered(form: Any) -> dict[str, str]:
    """Return the channels that a form offers: the value of each by its title."""
    inputs = [one for card in form.cards for one in iter_inputs(card) if one["id"] == "channel"]
    return {choice["title"]: choice["value"] for one in inputs for choice in one["choices"]}


async def test_word_is_understood_in_french(connected: ChatUser, bot: RunningBot) -> None:
    numbers = new_requests(connected, 2)
    await connected.type(f"panne {' '.join(numbers)} --note serveur")
    await until(lambda: connected.card(numbers[0], "2 waiting"))
    await bot.settle()


def _said_to(user: ChatUser, person: Any) -> str:
    """Return what a person sees, the sentences beside their buttons in Teams included."""
    toasts = user.environment.teams.toasts.get(person.teams, []) if isinstance(user, InTeams) else []
    return user.seen(person) + "".join(toasts)
