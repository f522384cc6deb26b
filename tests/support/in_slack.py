"""A technician in Slack, for stories that are the same in both chats."""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from support.chat_user import create_session, expect_answer
from support.reading import buttons, labels, urls_in, walk
from support.slack_user import LOOKING_UP, SlackUser, card_of, text_of, until

from bot.values import replace
from sandbox.environment import Person
from sandbox.slack.model import Message

_deliveries = count(1)
_workspaces = count(1)


class InSlack:
    """The technician in Slack."""

    ready_text = "is ready"

    def __init__(self, slack_user: SlackUser) -> None:
        self.slack_user = slack_user
        self.environment = slack_user.environment
        self.technician = slack_user.technician
        self.new_technician: Callable[[], Person] = slack_user.new_technician

    def new_colleague(self) -> Person:
        return self.slack_user.new_colleague()

    def new_guest(self) -> Person:
        return self._join(email=self.technician.email, is_restricted=True)

    def new_twin(self) -> Person:
        return self._join(email=self.technician.email)

    def become_guest(self) -> None:
        self.environment.slack.state.users[self.technician.user].is_restricted = True

    def new_outsider(self) -> Person:
        number = next(_workspaces)
        team = self.environment.slack.add_team(f"T0FIRM{number}", "Connected Firm", f"firm-{number}")
        return self._join(email=self.technician.email, team=team)

    def _join(self, **account: Any) -> Person:
        person = self.environment.add_chat_user("Sam Else", **account)
        self.environment.slack.channels[self.channel].members.add(person.user)
        return person

    @property
    def channel(self) -> str:
        return self.slack_user.channel

    def in_new_channel(self, name: str, *, bot_is_member: bool = True) -> "InSlack":
        members = [self.technician.user]
        channel = self.environment.slack.add_channel(name.lower(), members, bot_is_member=bot_is_member)
        return InSlack(replace(self.slack_user, channel=channel))

    def share_channel(self) -> None:
        self.environment.slack.share_channel(self.channel)

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        await self.slack_user.authorize(by, account=account)

    async def type(self, words: str, *, by: Person | None = None, mentioning: Person | None = None) -> None:
        mention = f"<@{mentioning.user}>" if mentioning else ""
        await self.slack_user.type(words.format(mention), by=by)

    async def type_repeatedly(self, words: str, *, times: int) -> None:
        once = f"1.2.{next(_deliveries)}"
        deliveries = (self.slack_user.type(words, trigger_id=once) for _ in range(times))
        outcomes = await asyncio.gather(*deliveries)
        assert len({outcome.body for outcome in outcomes}) == 1

    def count_cards(self, number: str) -> int:
        return len(self._cards(number))

    def misplaced_cards(self, number: str) -> list[Any]:
        return [one for one in self._cards(number) if one.thread_ts not in {None, one.ts}]

    def _cards(self, number: str) -> list[Message]:
        messages = self.environment.slack.channels[self.channel].messages
        mention = f"<@{self.technician.user}>"
        cards = [one for one in messages if one.blocks and mention not in one.text]
        return [one for one in cards if f"#{number}" in text_of(one)]

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        before = self.seen(by).count(answer)
        outcome = await self.slack_user.type(words, by=by)
        if LOOKING_UP in _plain_slack(outcome.json):
            await until(lambda: self.seen(by).count(answer) > before)
        else:
            assert answer in _plain_slack(outcome.json), words

    async def reads(self, words: str, *, by: Person | None = None) -> None:
        await until(lambda: words in self.seen(by))

    def seen(self, by: Person | None = None) -> str:
        return self.slack_user.seen(by)

    def ever_seen(self, by: Person | None = None) -> str:
        return _plain_slack(
            self.environment.slack.visible_to((by or self.technician).user, include_history=True)
        )

    def card(self, number: str, saying: str = "") -> Any:
        return card_of(self.slack_user, number, saying)

    def text(self, message: Any) -> str:
        return "\n".join([text_of(message), *urls_in(message.blocks)])

    def labels(self, message: Any, *, by: Person | None = None) -> list[str]:  # noqa: ARG002 - the same for all
        return labels(message.blocks)

    def bot_messages(self) -> list[str]:
        messages = self.environment.slack.channels[self.channel].messages
        return [self.text(one) for one in messages if one.is_bot]

    def channel_text(self) -> str:
        seen = self.environment.slack.visible_to(self.technician.user, include_history=True)
        return _plain_slack(seen["channels"][self.slack_user.channel])

    def pings(self, saying: str) -> list[Any]:
        messages = self.environment.slack.channels[self.channel].messages
        mention = f"<@{self.technician.user}>"
        return [one for one in messages if mention in one.text and saying in text_of(one)]

    def thread_of(self, message: Any) -> str:
        return str(message.thread_ts or message.ts)

    def newest_with(self, label: str) -> Any:
        shown = self.environment.slack.ephemerals(self.technician.user)
        return next((one for one in reversed(shown) if label in labels(one.blocks)), None)

    async def press(self, message: Any, label: str, *, by: Person | None = None) -> None:
        await self.slack_user.press(message, label, by=by)

    async def press_expecting(self, message: Any, label: str, answer: str) -> None:
        await expect_answer(self, answer, partial(self.press, message, label))

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        return await create_session(self, words, subject)

    async def show(self, number: str, *, by: Person | None = None) -> list[Any]:
        await self.type(f"show {number}", by=by)
        await self.reads("Status: Open", by=by)
        user = (by or self.technician).user
        return [self.environment.slack.ephemerals(user, self.slack_user.channel)[-1]]

    def link_buttons(self, message: Any) -> list[str]:
        return urls_in(message.blocks)

    def private_text(self) -> str:
        shown = self.environment.slack.ephemerals(self.technician.user)
        return "\n".join(self.text(one) for one in shown)

    def is_final(self, card: Any) -> bool:
        return "End" not in self.labels(card)

    async def enter_link(self, number: str) -> str:
        message = await self.slack_user.answer_to(f"enter {number}", "this button is only for you")
        (url, *_browser) = urls_in(message.blocks)
        return url

    async def open_home(self) -> None:
        await self.environment.slack.send_event("app_home_opened", user=self.technician.user, tab="home")
        await until(lambda: self.environment.slack.home_tab(self.technician.user))

    def home_message(self) -> Any:
        return self.environment.slack.home_tab(self.technician.user)

    def own_chat(self, saying: str) -> list[Any]:
        messages = self.environment.slack.dm_messages(self.technician.user)
        return [one for one in messages if saying in text_of(one)]

    def home(self) -> str:
        view = self.environment.slack.home_tab(self.technician.user)
        return "\n".join(_texts(view.content)) if view else ""

    def home_commands(self) -> list[str]:
        view = self.environment.slack.home_tab(self.technician.user)
        return [one["value"] for one in buttons(view.content if view else {}) if "value" in one]

    async def fill_form(self, found_by: str, number: str, **inputs: str) -> None:
        slack, user = self.environment.slack, self.technician.user
        await self.type("create")
        modal = await until(lambda: slack.current_modal(user))
        options = await slack.search_options(user, "tv:request", "request", found_by)
        assert number in json.dumps(options.json)
        outcome = await slack.submit_modal(user, modal.id, {"request": number, **inputs})
        assert outcome.status == 200
        await until(lambda: slack.current_modal(user) is None)

    async def paste_link(self, url: str) -> None:
        user, channel = self.technician.user, self.slack_user.channel
        await self.environment.slack.send_event("link_shared", user=user, channel=channel, urls=[url])

    def preview_of(self, url: str) -> str:
        shown = [one.as_json() for one in self.environment.slack.unfurls if one.url == url]
        return _plain_slack(shown[-1]) if shown else ""

    async def open_form_on_message(self, text: str) -> str:
        slack, user = self.environment.slack, self.technician.user
        message = slack.post_message(user, self.slack_user.channel, text)
        await slack.use_message_shortcut(user, message, "tv_create_from_message")
        modal = await until(lambda: slack.current_modal(user))
        await slack.close_modal(user, modal.id)
        return _plain_slack(modal.content)


def _plain_slack(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\u2060", "")


def _texts(content: Any) -> Iterator[str]:
    for one in walk(content):
        yield from (
            str(one[name]).replace("\u2060", "") for name in ("text", "url") if isinstance(one.get(name), str)
        )
