"""Colleagues of an Enterprise Grid, whose main workspace is another one than the bot's."""

from collections.abc import Iterator

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, card_of, until

from adapters.slack.render.form import REQUEST, REQUEST_ACTION
from sandbox.environment import Environment
from sandbox.slack import TEAM
from sandbox.slack.model import GridField

OTHER = "T0COLLEAGUES"
GRID_SHAPES: list[tuple[GridField, ...]] = [("teams",), ("enterprise_user",), ("teams", "enterprise_id")]


@pytest.fixture(autouse=True)
def _workspaces_of_a_grid(environment: Environment, bot: RunningBot) -> Iterator[None]:
    """Let the bot's workspace and another one belong to one organization, as long as a test runs."""
    slack = environment.slack
    if OTHER not in slack.state.teams:
        slack.add_team(OTHER, "Colleagues", "colleagues", enterprise="E0GRID")
    slack.state.teams[TEAM].enterprise = "E0GRID"
    fields = slack.state.grid_fields
    yield
    slack.state.teams[TEAM].enterprise = None
    slack.state.grid_fields = fields


@pytest.mark.parametrize("fields", GRID_SHAPES, ids="+".join)
async def test_colleague_runs_a_session_by_word_and_by_button(
    slack_user: SlackUser, fields: tuple[GridField, ...]
) -> None:
    """Slack names the bot's workspace only in the list of the colleague's workspaces."""
    slack = slack_user.environment.slack
    slack.state.grid_fields = fields
    slack.state.users[slack_user.technician.user].primary_team = OTHER
    await slack_user.authorize()
    number = slack_user.new_request()
    await slack_user.type(f"create {number}")
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    await slack_user.press(card_of(slack_user, number), "Get link")
    await until(lambda: "The requester’s link" in slack_user.seen())


async def test_form_and_press_of_a_colleague_in_another_workspace_are_carried_out(
    slack_user: SlackUser,
) -> None:
    """Slack names the workspace without the app as theirs. Where the app is installed stands in another field."""
    slack = slack_user.environment.slack
    await slack_user.authorize()
    number = slack_user.new_request()
    account = slack.state.users[slack_user.technician.user]
    account.primary_team = OTHER
    slack.state.grid_fields = ("enterprise_user",)
    await slack_user.type("create")
    form = await until(lambda: slack.current_modal(account.id))
    account.client_team = OTHER
    found = await slack.search_options(account.id, REQUEST_ACTION, REQUEST, number)
    assert number in str(found.json)
    await slack.submit_modal(account.id, form.id, {REQUEST: number})
    card = await until(lambda: card_of(slack_user, number, "Waiting for"))
    await slack_user.press(card, "Get link")
    await until(lambda: "The requester’s link" in slack_user.seen())


async def test_colleague_who_is_named_in_no_field_is_refused(slack_user: SlackUser) -> None:
    """Without the list, Slack says only that the account belongs to another workspace."""
    slack = slack_user.environment.slack
    slack.state.grid_fields = ()
    slack.state.users[slack_user.technician.user].primary_team = OTHER
    await slack_user.type("list")
    await until(lambda: "another organization" in slack_user.seen())


@pytest.mark.parametrize(
    ("account", "why"), [({"is_stranger": True}, "another organization"), ({"is_restricted": True}, "Guests")]
)
async def test_external_people_and_guests_stay_refused_in_a_grid(
    slack_user: SlackUser, account: dict[str, bool], why: str
) -> None:
    gus = slack_user.new_colleague(**account, primary_team=OTHER)
    await slack_user.type("list", by=gus)
    await until(lambda: why in slack_user.seen(gus))
