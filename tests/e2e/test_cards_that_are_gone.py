"""A card, its channel or its thread is gone in Slack: the session goes on, and nothing is retried for ever."""

from collections.abc import Callable

import pytest
from support.bot import RunningBot
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.slack.model import Channel, Message

Lose = Callable[[InSlack, Channel, Message], None]


def _delete_message(user: InSlack, _channel: Channel, card: Message) -> None:
    user.environment.slack.state.delete_message(card)


def _delete_channel(user: InSlack, channel: Channel, _card: Message) -> None:
    del user.environment.slack.state.channels[channel.id]


def _archive_channel(_user: InSlack, channel: Channel, _card: Message) -> None:
    channel.is_archived = True


def _take_over_message(user: InSlack, _channel: Channel, card: Message) -> None:
    card.user = user.technician.user


LOSSES: dict[str, Lose] = {
    "message_not_found": _delete_message,
    "channel_not_found": _delete_channel,
    "is_archived": _archive_channel,
    "cant_update_message": _take_over_message,
}


@pytest.mark.parametrize("error", LOSSES)
async def test_session_goes_on_without_its_card_and_nothing_is_retried(
    slack_user: SlackUser, bot: RunningBot, error: str
) -> None:
    """The card is given up after one refusal. The technician ends the session from their own chat."""
    home = InSlack(slack_user)
    await home.authorize()
    user = home.in_new_channel(f"lost-{error.replace('_', '-')}")
    number, session = await user.create()
    card = user.card(number)
    await bot.settle()
    slack = user.environment.slack
    LOSSES[error](user, slack.state.channels[user.channel], card)

    await home.type(f"end {number}")
    await until(lambda: session.state == "closed")
    await bot.settle()
    refused = [one for one in slack.calls if one.error == error]
    assert refused
    await bot.sweep()
    await bot.settle()
    assert [one for one in slack.calls if one.error == error] == refused
    await home.type(f"create {number}")
    await until(lambda: len(slack_user.sessions(number)) == 2)
