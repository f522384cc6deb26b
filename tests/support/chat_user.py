"""One interface for a technician in Slack and a technician in Teams, for stories that are the same in both."""

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol

from support.cards import addresses
from support.reading import labels, urls_in, walk
from support.slack_user import SlackUser, card_of, text_of, until
from support.teams_user import TeamsUser, plain

from sandbox.environment import Environment, Person
from sandbox.slack.model import Message
from sandbox.teams import TeamsMessage

_deliveries = count(1)


class ChatUser(Protocol):
    """A technician in a channel with the bot. ``by`` names another person; without it, the technician acts or reads."""

    @property
    def slack_user(self) -> SlackUser:
        """Where requests and TeamViewer's sessions come from, in both chats."""

    @property
    def environment(self) -> Environment:
        """The simulated outside systems."""

    @property
    def technician(self) -> Person:
        """The technician."""

    def new_technician(self) -> Person:
        """Add another technician to the channel."""

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        """Connect a TeamViewer account: by default the person's own."""

    async def type(self, words: str, *, by: Person | None = None, mentioning: Person | None = None) -> None:
        """Type a command in the channel. ``{}`` in the words is the person who is mentioned."""

    @property
    def ready_text(self) -> str:
        """What the creator reads when the session is ready: a message in Slack, the card in Teams."""

    async def type_repeatedly(self, words: str, *, times: int) -> None:
        """Deliver one command this often. Slack gets the same answer each time."""

    def count_cards(self, number: str) -> int:
        """Return how many messages in the channel show a card about a request."""

    def misplaced_cards(self, number: str) -> list[Any]:
        """Return the cards about a request that are not in its command's thread (Teams), or that are in one (Slack)."""

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        """Type a command, and assert that its answer says this. Slack: in the response to the command itself."""

    async def reads(self, words: str, *, by: Person | None = None) -> None:
        """Wait until a person sees these words."""

    def seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees now."""

    def ever_seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees now or could see before."""

    def card(self, number: str, saying: str = "") -> Any:
        """Return the newest card in the channel about a request that says this, or None."""

    def text(self, message: Any) -> str:
        """Return what is written on a message, as the technician sees it."""

    def labels(self, message: Any) -> list[str]:
        """Return the labels of the buttons on a message, as the technician sees it."""

    def channel_text(self) -> str:
        """Return what everybody in the channel sees, or could see before."""

    def newest_with(self, label: str) -> Any:
        """Return the newest message that the technician sees with this button, or None."""

    async def press(self, message: Any, label: str) -> None:
        """Press the button with this label, and confirm where the chat asks."""

    async def press_expecting(self, message: Any, label: str, answer: str) -> None:
        """Press a button, and wait until its presser reads this."""

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        """Create a session for a new request. Return the number and TeamViewer's session, once it is recorded."""

    async def show(self, number: str, *, by: Person | None = None) -> list[Any]:
        """Show a request with its sessions. Return the messages that this makes."""

    def link_buttons(self, message: Any) -> list[str]:
        """Return the addresses that the buttons on a message open."""

    def private_text(self) -> str:
        """Return what the bot showed to the technician alone."""

    def is_final(self, card: Any) -> bool:
        """Return whether the card no longer acts on an open session, and no client asks for a newer version."""

    async def enter_link(self, number: str) -> str:
        """Return the address that Enter leads the session's creator to."""

    async def open_home(self) -> None:
        """Open the home (Slack) or the overview (Teams), and wait for it."""

    def home(self) -> str:
        """Return what is written in the home, addresses included."""

    async def fill_form(self, found_by: str, number: str, **inputs: str) -> None:
        """Open the form with bare ``create``, find the request in it, and send it."""

    async def paste_link(self, url: str) -> None:
        """Paste a link in the channel."""

    def preview_of(self, url: str) -> str:
        """Return what is written on the preview of a pasted link. Empty if there is none."""

    async def open_form_on_message(self, text: str) -> str:
        """Open the form from the menu of a message with this text: Slack's shortcut, Teams' message action.

        Return what is written in the form.
        """


class InSlack:
    """The technician in Slack."""

    ready_text = "is ready"

    def __init__(self, slack_user: SlackUser) -> None:
        self.slack_user = slack_user
        self.environment = slack_user.environment
        self.technician = slack_user.technician
        self.new_technician: Callable[[], Person] = slack_user.new_technician

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
        return [one for one in self._cards(number) if one.thread_ts]

    def _cards(self, number: str) -> list[Message]:
        messages = self.environment.slack.channels[self.slack_user.channel].messages
        return [one for one in messages if one.blocks and f"#{number}" in text_of(one)]

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        outcome = await self.slack_user.type(words, by=by)
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

    def labels(self, message: Any) -> list[str]:
        return labels(message.blocks)

    def channel_text(self) -> str:
        seen = self.environment.slack.visible_to(self.technician.user, include_history=True)
        return _plain_slack(seen["channels"][self.slack_user.channel])

    def newest_with(self, label: str) -> Any:
        shown = self.environment.slack.ephemerals(self.technician.user)
        return next((one for one in reversed(shown) if label in labels(one.blocks)), None)

    async def press(self, message: Any, label: str) -> None:
        await self.slack_user.press(message, label)

    async def press_expecting(self, message: Any, label: str, answer: str) -> None:
        before = self.seen().count(answer)
        await self.press(message, label)
        await until(lambda: self.seen().count(answer) > before)

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        return await _create(self, words, subject)

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
        outcome = await self.slack_user.type(f"enter {number}")
        (url,) = urls_in([outcome.ephemerals[-1]])
        return url

    async def open_home(self) -> None:
        await self.environment.slack.send_event("app_home_opened", user=self.technician.user, tab="home")
        await until(lambda: self.environment.slack.home_tab(self.technician.user))

    def home(self) -> str:
        view = self.environment.slack.home_tab(self.technician.user)
        return "\n".join(_texts(view.content)) if view else ""

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


class InTeams:
    """The technician in Teams: in the channel of a team, with a personal chat beside it."""

    ready_text = "Waiting for"

    def __init__(self, slack_user: SlackUser) -> None:
        self.teams = TeamsUser.of_slack_user(slack_user)
        self._home: TeamsMessage | None = None
        self._previews: dict[str, str] = {}
        self.slack_user = slack_user
        self.environment = slack_user.environment
        self.technician = slack_user.technician

    def new_technician(self) -> Person:
        return self.teams.join(self.slack_user.new_technician())

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        await self.teams.authorize(by, account=account)

    async def type(self, words: str, *, by: Person | None = None, mentioning: Person | None = None) -> None:
        name, mentions = (f"@{mentioning.name}", [mentioning.teams]) if mentioning else ("", [])
        await self.teams.say(words.format(name), by=by, mentions=mentions)

    async def type_repeatedly(self, words: str, *, times: int) -> None:
        delivery = await self.teams.say(words)
        for _ in range(times):
            assert (await self.environment.teams.redeliver_activity(delivery)).status == 202

    def count_cards(self, number: str) -> int:
        return len(self._cards(number))

    def misplaced_cards(self, number: str) -> list[Any]:
        messages = self.teams.channel.messages
        (command,) = [
            one for one in messages if one.sender != "bot" and one.text.endswith(f"create {number}")
        ]
        return [one for one in self._cards(number) if one.thread_root != command.thread_root]

    def _cards(self, number: str) -> list[TeamsMessage]:
        messages = self.teams.channel.messages
        return [one for one in messages if one.cards and f"#{number}" in self.text(one)]

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        before = self.seen(by).count(answer)
        await self.type(words, by=by)
        await until(lambda: self.seen(by).count(answer) > before)

    async def reads(self, words: str, *, by: Person | None = None) -> None:
        await self.teams.reads(words, by=by)

    def seen(self, by: Person | None = None) -> str:
        return self.teams.seen(by)

    def ever_seen(self, by: Person | None = None) -> str:
        return plain(self.environment.teams.visible_to((by or self.technician).teams, include_history=True))

    def card(self, number: str, saying: str = "") -> TeamsMessage | None:
        return self.teams.card(number, saying)

    def text(self, message: TeamsMessage) -> str:
        return self.teams.text(message)

    def labels(self, message: TeamsMessage) -> list[str]:
        return self.teams.titles(message)

    def channel_text(self) -> str:
        shown = [[one.text, one.cards, one.past_contents] for one in self.teams.channel.messages]
        return plain(json.dumps(shown, ensure_ascii=False))

    def newest_with(self, label: str) -> TeamsMessage | None:
        shown = [*self.teams.channel.messages, *self.teams.personal.messages]
        newest_first = sorted((one for one in shown if not one.deleted), key=lambda one: -int(one.id))
        return next((one for one in newest_first if label in self.labels(one)), None)

    async def press(self, message: TeamsMessage, label: str) -> None:
        # "End" opens a question in the card, and its button is the one that ends.
        await self.teams.press(message, "End it" if label == "End" else label)

    async def press_expecting(self, message: TeamsMessage, label: str, answer: str) -> None:
        toasts = self.environment.teams.toasts[self.technician.teams]
        before = len(toasts)
        await self.press(message, label)
        assert answer in toasts[-1]
        assert len(toasts) > before

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        return await _create(self, words, subject)

    async def show(self, number: str, *, by: Person | None = None) -> list[Any]:
        person = by or self.technician
        chat = self.environment.teams.personal_chat(person.teams)
        await self.teams.say(f"show {number}", by=by, where=chat)
        await until(lambda: self.teams.card(number, "Status", by=by, where=chat))
        await until(
            lambda: (
                self.teams.card(number, "Waiting for", by=by, where=chat)
                or self.teams.card(number, "is there", by=by, where=chat)
                or self.teams.card(number, "Connected with", by=by, where=chat)
            )
        )
        return [one for one in chat.messages if f"#{number}" in self.teams.text(one, by=by)]

    def link_buttons(self, message: TeamsMessage) -> list[str]:
        return addresses(self.environment.teams.visible_cards(self.technician.teams, message))

    def private_text(self) -> str:
        return "\n".join(self.text(one) for one in self.teams.personal.messages)

    def is_final(self, card: TeamsMessage) -> bool:
        return "End" not in self.labels(card) and "refresh" not in json.dumps(card.cards)

    async def enter_link(self, number: str) -> str:
        card = await until(lambda: self.card(number, "Enter"))
        return self.environment.teams.button_url(self.technician.teams, card, "Enter")

    async def open_home(self) -> None:
        await self.environment.teams.install_app(self.teams.personal, self.technician.teams)
        self._home = await until(self._newest_home)

    def home(self) -> str:
        return self.text(self._home) if self._home else ""

    def _newest_home(self) -> TeamsMessage | None:
        for message in reversed(self.teams.personal.messages):
            text = self.text(message)
            if not message.deleted and "Overview" in text and "connected as" in text:
                return message
        return None

    async def fill_form(self, found_by: str, number: str, **inputs: str) -> None:
        await self.type("create")
        form = await until(lambda: self.newest_with("Create"))
        found = await self.environment.teams.search_choices(self.technician.teams, form, found_by, "requests")
        assert number in json.dumps(found.body)
        await self.teams.press(form, "Create", {"request": number, **inputs})
        await until(lambda: form.deleted)

    async def paste_link(self, url: str) -> None:
        shown = await self.environment.teams.preview_link(self.technician.teams, self.teams.channel, url)
        assert not shown.error
        self._previews[url] = plain(json.dumps(shown.body["composeExtension"]["attachments"]))

    def preview_of(self, url: str) -> str:
        return self._previews[url].removeprefix("[]")

    async def open_form_on_message(self, text: str) -> str:
        await self.teams.say(text, mention=False)
        message = self.teams.channel.messages[-1]
        opened = await self.environment.teams.open_dialog(
            self.technician.teams, self.teams.channel, "createSession", message
        )
        return plain(json.dumps(opened.body, ensure_ascii=False))


async def _create(user: ChatUser, words: str, subject: str) -> tuple[str, Any]:
    number = user.slack_user.new_request(subject)
    await user.type(f"{words} {number}")
    await until(lambda: user.card(number, "Waiting for") and user.environment.servicedesk.notes(number))
    return number, user.slack_user.sessions(number)[0]


def _plain_slack(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\u2060", "")


def _texts(content: Any) -> Iterator[str]:
    for one in walk(content):
        yield from (
            str(one[name]).replace("\u2060", "") for name in ("text", "url") if isinstance(one.get(name), str)
        )
