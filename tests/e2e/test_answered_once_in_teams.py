"""Who reads what in a channel of Teams: personal answers come in private, and nothing comes twice."""

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from bot.model.ids import Email
from sandbox.teams import TeamsMessage

ELSEWHERE = "Only you may see that"


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams, who is an SDAdmin as well."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(teams.technician.email))
    return teams


def posts(teams: TeamsUser) -> list[str]:
    """What the bot has posted in the channel, for everybody there."""
    return [teams.text(one) for one in teams.channel.messages if one.sender == "bot"]


def form_in(teams: TeamsUser) -> TeamsMessage | None:
    """The form in the channel."""
    shown = (one for one in teams.channel.messages if not one.deleted and "Create" in teams.titles(one))
    return next(shown, None)


@pytest.mark.parametrize("words", ["list", "history", "admin audit", "admin admins", "admin status"])
async def test_one_persons_lists_and_the_administration_are_not_posted_to_a_channel(
    teams: TeamsUser, words: str
) -> None:
    """The channel reads only that the answer is elsewhere, once."""
    await teams.say("status", where=teams.personal)
    await teams.reads("SDAdmin")
    before = len(teams.personal.messages)
    await teams.say(words)
    await until(lambda: posts(teams))
    assert len(posts(teams)) == 1
    assert ELSEWHERE in posts(teams)[0]
    (answer,) = [one for one in teams.personal.messages[before:] if one.sender == "bot"]
    assert answer.cards


async def test_the_sessions_of_a_request_are_everybodys(teams: TeamsUser) -> None:
    """Whoever works on it reads along."""
    number = teams.slack_user.new_request()
    await teams.say(f"history {number}")
    await until(lambda: any(f"Sessions of request #{number}" in one for one in posts(teams)))


async def test_a_press_is_answered_by_a_toast_and_words_by_a_post(teams: TeamsUser) -> None:
    """The thread is not filled with what only one person pressed; what is typed is answered in it."""
    number, session = await teams.create()
    before = len(posts(teams))
    await teams.press(teams.present_card(number), "Get link")
    await until(lambda: teams.card(number, session.end_customer_link, where=teams.personal))
    assert ELSEWHERE in teams.environment.teams.toasts[teams.technician.teams][-1]
    await teams.say(f"link {number}")
    await until(lambda: len(posts(teams)) > before)
    assert sum(ELSEWHERE in one for one in posts(teams)) == 1


async def test_a_press_whose_answer_reaches_nobody_says_so(teams: TeamsUser) -> None:
    """They have blocked the bot: the toast came too early to know, so the thread says it."""
    number, session = await teams.create()
    teams.environment.teams.block_bot(teams.technician.teams)
    await teams.press(teams.present_card(number), "Get link")
    await until(lambda: any("I cannot write to you in private" in one for one in posts(teams)))
    assert session.supporter_link not in "".join(str(one.cards) + one.text for one in teams.channel.messages)


async def test_overview_comes_in_private_and_the_channel_says_so(teams: TeamsUser) -> None:
    """In the private chat it comes by itself, with nothing said beside it."""
    await teams.say("home")
    await until(lambda: posts(teams))
    assert "I am sending it to our private chat" in posts(teams)[0]
    await until(lambda: any("Overview" in teams.text(one) for one in teams.personal.messages))
    before = len(teams.personal.messages)
    await teams.say("home", where=teams.personal)
    await until(lambda: "Overview" in teams.text(teams.personal.messages[-1]))
    said = [one for one in teams.personal.messages[before:] if one.sender == "bot"]
    assert len(said) == 1


async def test_unknown_person_gets_no_lasting_wait_message(
    slack_user: SlackUser,
) -> None:
    """They are looked up first; what then has only begun is a typing sign, as for everybody."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.say("home", where=teams.personal)
    await until(lambda: any("Overview" in teams.text(one) for one in teams.personal.messages))
    said = [one for one in teams.personal.messages if one.sender == "bot"]
    assert len(said) == 1
    assert "Home tab" not in teams.seen()


async def test_nobody_takes_a_form_away_but_by_a_session_of_their_own(teams: TeamsUser) -> None:
    """A guest's press is looked into and refused in private; the form stays until a technician's is accepted."""
    teams_tenant, number = teams.environment.teams, teams.slack_user.new_request()
    guest = teams_tenant.add_person("Gil Guest", "gil@elsewhere.test", role="guest")
    teams.channel.members.append(guest)
    await teams.say("create")
    form = await until(lambda: form_in(teams))
    await teams_tenant.search_choices(teams.technician.teams, form, number, "requests")
    forged = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    pressed = {"action": {"type": "Action.Execute", "verb": "tv", "data": forged}, "trigger": "manual"}
    await teams_tenant.send_invoke(guest, teams.channel, "adaptiveCard/action", pressed, message=form)
    own_chat = teams_tenant.personal_chat(guest)
    await until(lambda: "Guests cannot run sessions" in str(own_chat.messages))
    assert not form.deleted
    assert not any("Guests" in one for one in posts(teams))
    await teams.press(form, "Create", {"request": number})
    await until(lambda: form.deleted)
    await until(lambda: teams.card(number, "Waiting for"))
    assert len(teams.slack_user.sessions(number)) == 1
