"""The form of a new session offers channels in Teams, and posts the card only where its sender is a member."""

import json
from typing import Any

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser

from sandbox.faults import Fault
from sandbox.teams import Conversation, TeamsMessage
from sandbox.teams.card_inputs import iter_inputs


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in Teams who can create sessions. The bot is in the General channel of their team, Network."""
    user = TeamsUser.of_slack_user(slack_user)
    person, tenant = user.technician.teams, user.environment.teams
    name = f"Network {user.channel.team_name.rpartition(' ')[2]}"
    user.channel = tenant.add_team_channel(name, "General", [person])
    await tenant.install_app(user.channel, person)
    await user.authorize()
    return user


def add_channel(teams: TeamsUser, name: str, *people: Any, **kind: Any) -> Conversation:
    """Add a channel to the technician's team."""
    members = [teams.technician.teams, *people] if not kind.pop("without_me", False) else list(people)
    return teams.environment.teams.add_team_channel(teams.channel.team_name, name, members, **kind)


async def open_form(teams: TeamsUser, where: Conversation) -> TeamsMessage:
    """Type a bare ``create``, and return the message with the form."""
    before = len(where.messages)
    await teams.say("create", where=where)

    def find() -> TeamsMessage | None:
        new = [one for one in where.messages[before:] if one.sender == "bot"]
        return next((one for one in new if "Create" in teams.titles(one)), None)

    found: TeamsMessage = await until(find)
    return found


def offered(form: TeamsMessage) -> dict[str, str]:
    """Return the channels that a form offers: the value of each by its title."""
    inputs = [one for card in form.cards for one in iter_inputs(card) if one["id"] == "channel"]
    return {choice["title"]: choice["value"] for one in inputs for choice in one["choices"]}


async def send(teams: TeamsUser, form: TeamsMessage, number: str, **inputs: str) -> str:
    """Choose a request, send the form, and return what the client shows beside the button."""
    person = teams.technician.teams
    await teams.environment.teams.search_choices(person, form, number, "requests")
    sent = await teams.press(form, "Create", {"request": number, **inputs})
    return json.dumps(sent.body, ensure_ascii=False)


async def test_form_in_the_private_chat_posts_the_card_in_a_channel_of_a_team(teams: TeamsUser) -> None:
    """The channels of every team that the technician shares with the bot. The answers stay private."""
    routers = add_channel(teams, "Routers")
    number = teams.slack_user.new_request()
    form = await open_form(teams, teams.personal)
    team = teams.channel.team_name
    choices = offered(form)
    assert list(choices) == ["Your own chat with the bot", f"{team} › General", f"{team} › Routers"]
    await send(teams, form, number, channel=choices[f"{team} › Routers"])
    await until(lambda: teams.card(number, "Waiting for", where=routers))
    await teams.reads(f"The card for request #{number} is in {team} › Routers.")
    assert [one for one in routers.messages if not one.cards] == []
    assert teams.card(number, "Waiting for", where=teams.personal) is None


async def test_form_in_a_channel_offers_the_other_channels_of_its_team(teams: TeamsUser) -> None:
    """By their present names, and only those that everybody there may know."""
    routers = add_channel(teams, "Routers")
    add_channel(teams, "Budget", is_private=True)
    elsewhere = teams.environment.teams.add_team_channel("Other", "General", [teams.technician.teams])
    await teams.environment.teams.install_app(elsewhere, teams.technician.teams)
    form = await open_form(teams, teams.channel)
    assert list(offered(form)) == ["This channel", "Routers"]
    await teams.environment.teams.rename_channel(teams.technician.teams, routers, "Switches")
    form = await open_form(teams, teams.channel)
    assert list(offered(form)) == ["This channel", "Switches"]
    await teams.environment.teams.delete_channel(teams.technician.teams, routers)
    assert offered(await open_form(teams, teams.channel)) == {}


async def test_private_channel_is_offered_to_its_members_alone(teams: TeamsUser) -> None:
    """Even its name stays with them. The bot has to be a member as well."""
    colleague = teams.join(teams.slack_user.new_colleague()).teams
    add_channel(teams, "Budget", is_private=True)
    add_channel(teams, "Salaries", colleague, without_me=True, is_private=True)
    add_channel(teams, "Plans", is_private=True, bot_is_member=False)
    titles = " ".join(offered(await open_form(teams, teams.personal)))
    assert "Budget" in titles
    assert "Salaries" not in titles
    assert "Plans" not in titles


async def test_channels_whose_type_teams_does_not_name_are_offered_to_their_members(teams: TeamsUser) -> None:
    colleague = teams.join(teams.slack_user.new_colleague()).teams
    add_channel(teams, "Budget")
    add_channel(teams, "Salaries", colleague, without_me=True, is_private=True)
    teams.environment.teams.state.names_channel_types = False
    try:
        titles = " ".join(offered(await open_form(teams, teams.personal)))
    finally:
        teams.environment.teams.state.names_channel_types = True
    assert "Budget" in titles
    assert "Salaries" not in titles


async def test_shared_channel_is_not_offered(teams: TeamsUser) -> None:
    add_channel(teams, "Partners").is_shared = True
    assert "Partners" not in " ".join(offered(await open_form(teams, teams.personal)))


async def test_team_of_others_and_team_without_the_bot_are_not_offered(teams: TeamsUser) -> None:
    tenant, me = teams.environment.teams, teams.technician.teams
    colleague = teams.join(teams.slack_user.new_colleague()).teams
    theirs = tenant.add_team_channel("Theirs", "General", [colleague])
    await tenant.install_app(theirs, colleague)
    left = tenant.add_team_channel("Left", "General", [me])
    await tenant.install_app(left, me)
    await tenant.uninstall_app(left, me)
    titles = " ".join(offered(await open_form(teams, teams.personal)))
    assert teams.channel.team_name in titles
    assert "Theirs" not in titles
    assert "Left" not in titles


async def test_who_left_the_team_since_the_form_was_opened_creates_nothing(teams: TeamsUser) -> None:
    """The client's choice is checked again. A sentence says what to do."""
    number = teams.slack_user.new_request()
    form = await open_form(teams, teams.personal)
    (_here, _general), (_name, value) = offered(form).items()
    teams.channel.members.remove(teams.technician.teams)
    before = len(teams.channel.messages)
    said = await send(teams, form, number, channel=value)
    assert "No session was created: you or the bot are not in the channel" in said
    assert teams.slack_user.sessions(number) == []
    assert len(teams.channel.messages) == before


async def test_channel_that_no_form_offered_is_refused(teams: TeamsUser) -> None:
    """A client can send anything: another team's channel, a chat of others, a channel under a wrong team."""
    tenant, number = teams.environment.teams, teams.slack_user.new_request()
    colleague = teams.join(teams.slack_user.new_colleague()).teams
    theirs = tenant.add_team_channel("Theirs", "General", [colleague])
    await tenant.install_app(theirs, colleague)
    group = tenant.add_group_chat([colleague])
    hidden = add_channel(teams, "Salaries", colleague, without_me=True, is_private=True)
    form = await open_form(teams, teams.personal)
    mine = teams.channel.team
    for forged in (
        f"{theirs.team} {theirs.id}",
        f"{mine} {theirs.id}",
        f"{mine} {hidden.id}",
        group.id,
        "x y",
    ):
        data = {"tv_form": True, "request": number, "kind": "remote", "note": "", "channel": forged}
        value = {"action": {"type": "Action.Execute", "verb": "tv", "data": data}, "trigger": "manual"}
        sent = await tenant.send_invoke(
            teams.technician.teams, teams.personal, "adaptiveCard/action", value, message=form
        )
        assert "No session was created" in json.dumps(sent.body), forged
        dialog = await tenant.submit_dialog(
            teams.technician.teams, teams.personal, "createSession", {**data, "tv_form": True}
        )
        assert "No session was created" in json.dumps(dialog.body), forged
    assert teams.slack_user.sessions(number) == []
    assert [one for place in (theirs, group, hidden) for one in place.messages if one.cards] == []


async def test_form_opens_without_channels_while_teams_does_not_list_them(teams: TeamsUser) -> None:
    """And what was chosen is not trusted while nobody can check it."""
    number = teams.slack_user.new_request()
    form = await open_form(teams, teams.personal)
    (_here, _general), (_name, value) = offered(form).items()
    teams.environment.teams.faults.plan("members.get", Fault.DROP, times=4)
    said = await send(teams, form, number, channel=value)
    assert "Microsoft Teams does not answer" in said
    assert teams.slack_user.sessions(number) == []
    teams.environment.teams.faults.clear()
    await teams.environment.teams.rename_team(teams.technician.teams, teams.channel, "Renamed")
    teams.environment.teams.faults.plan("teams.channels", Fault.SERVER_ERROR, times=20)
    assert offered(await open_form(teams, teams.personal)) == {}


async def test_dialog_in_the_private_chat_posts_the_card_in_the_channel(teams: TeamsUser) -> None:
    """The message extension's form offers the same."""
    number, tenant = teams.slack_user.new_request(), teams.environment.teams
    opened = await tenant.open_dialog(teams.technician.teams, teams.personal, "createSession")
    form = json.dumps(opened.body, ensure_ascii=False)
    assert f"{teams.channel.team_name} › General" in form
    data = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    data["channel"] = f"{teams.channel.team} {teams.channel.id}"
    await tenant.submit_dialog(teams.technician.teams, teams.personal, "createSession", data)
    await until(lambda: teams.card(number, "Waiting for"))
    await teams.reads(f"The card for request #{number} is in {teams.channel.team_name} › General.")


async def test_form_is_in_the_language_of_its_reader(teams: TeamsUser) -> None:
    """The first channel of a team has no name of its own: each client shows it in its language."""
    teams.technician.teams.locale = "fr-FR"
    await teams.say("statut", where=teams.personal)
    before = len(teams.personal.messages)
    await teams.say("créer", where=teams.personal)
    form = await until(lambda: next((one for one in teams.personal.messages[before:] if offered(one)), None))
    assert list(offered(form)) == [
        "Votre conversation privée avec le bot",
        f"{teams.channel.team_name} › Général",
    ]


async def test_old_client_sends_the_chosen_channel_as_a_message(teams: TeamsUser) -> None:
    number = teams.slack_user.new_request()
    form = await open_form(teams, teams.personal)
    (_here, _general), (_name, value) = offered(form).items()
    person = teams.technician.teams
    await teams.environment.teams.search_choices(person, form, number, "requests")
    await teams.press(form, "Create", {"request": number, "channel": value}, old_client=True)
    await until(lambda: teams.card(number, "Waiting for"))
