"""A channel of Slack takes about one message a second. What waits for it delays nobody else."""

import asyncio
from typing import Any

import pytest
from support.slack_user import SlackUser, text_of, until

from sandbox.environment import Person

PEOPLE = 10
SESSIONS_EACH = 20
AT_ONCE = 4


@pytest.mark.long
async def test_two_hundred_sessions_in_a_channel_do_not_delay_the_next_answers(
    slack_user: SlackUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next person gets every answer of theirs while cards still wait for the channel. No card is lost."""
    # The pauses between two tries of a card would double up to a quarter of an hour.
    monkeypatch.setattr("bot.workflows.chat_retries.LONGEST_PAUSE_SECONDS", 4)
    slack = slack_user.environment.slack
    people = [slack_user.new_technician() for _number in range(PEOPLE)]
    for person in [*people, slack_user.technician]:
        await slack_user.authorize(person)
    numbers = {slack_user.new_request(): person for person in people * SESSIONS_EACH}
    own_chat = slack.open_dm(slack_user.technician.user)
    monkeypatch.setattr(slack.state, "seconds_between_posts", 1.0)
    await _create_all(slack_user, numbers)
    number = slack_user.new_request()

    await slack_user.type_until_accepted(f"create {number}")
    await until(lambda: f"request #{number} is ready" in slack_user.seen(), timeout=60)
    await slack_user.answer_until("list", f"#{number}")
    await slack_user.type_until_accepted(f"create {slack_user.new_request()}", channel=own_chat)
    await until(lambda: slack.dm_messages(slack_user.technician.user), timeout=60)

    assert _posted(slack_user, numbers) < len(numbers)
    monkeypatch.setattr(slack.state, "seconds_between_posts", 0.0)
    await until(lambda: _posted(slack_user, [*numbers, number]) == len(numbers) + 1, timeout=120)


async def _create_all(slack_user: SlackUser, numbers: dict[str, Person]) -> None:
    waiting = iter(numbers.items())

    async def type_one_after_another() -> None:
        for number, person in waiting:
            await slack_user.type_until_accepted(f"create {number}", by=person)

    await asyncio.gather(*(type_one_after_another() for _typist in range(AT_ONCE)))
    await until(lambda: all(slack_user.sessions(number) for number in numbers), timeout=60)


def _posted(slack_user: SlackUser, numbers: Any) -> int:
    """Count the requests with a card in the channel."""
    texts = [text_of(one) for one in slack_user.environment.slack.channels[slack_user.channel].messages]
    return sum(any(f"#{number} " in text or f"#{number}\n" in text for text in texts) for number in numbers)
