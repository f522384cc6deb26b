"""A technician in Teams, for stories that are the same in both chats."""

import json
from contextlib import suppress
from functools import partial
from typing import Any

from support.cards import addresses, written
from support.chat_user import create_session, expect_answer
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser, mentions, plain

from bot.values import replace
from sandbox.environment import Person
from sandbox.teams import TeamsMessage

OTHER_TENANT = "00000000-0000-4000-8000-00000000ffff"

_ANSWERS = {
    "Cancel": "Yes, cancel it",
    "End": "End it",
    "End all": "Yes, end all",
    "Disconnect": "Yes, disconnect",
}
"""Buttons that open a question in their card, each with the button that answers it."""


class InTeams:
    """The technician in Teams: in the channel of a team, with a personal chat beside it."""

    ready_text = "Waiting for"

    def __init__(self, slack_user: SlackUser, teams: TeamsUser | None = None) -> None:
        self.teams = teams or TeamsUser.of_slack_user(slack_user)
        self._home: TeamsMessage | None = None
        self._previews: dict[str, str] = {}
        self.slack_user = slack_user
        self.environment = slack_user.environment
        self.technician = slack_user.technician

    def new_technician(self) -> Person:
        return self.teams.join(self.slack_user.new_technician())

    def new_colleague(self) -> Person:
        return self.teams.join(self.slack_user.new_colleague())

    def new_guest(self) -> Person:
        return self._join(role="guest")

    def new_twin(self) -> Person:
        return self._join()

    def become_guest(self) -> None:
        self.technician.teams.role = "guest"

    def new_outsider(self) -> Person:
        return self._join(tenant=OTHER_TENANT)

    def _join(self, **account: Any) -> Person:
        name, email = "Sam Else", self.technician.email
        account_in_teams = self.environment.teams.add_person(name, email, **account)
        return self.teams.join(Person(name, email, "", account_in_teams))

    @property
    def channel(self) -> str:
        return self.teams.channel.id

    def in_new_channel(self, name: str, *, bot_is_member: bool = True) -> "InTeams":
        members = [self.technician.teams]
        channel = self.environment.teams.add_team_channel("IT", name, members, bot_is_member=bot_is_member)
        return InTeams(self.slack_user, replace(self.teams, channel=channel))

    def share_channel(self) -> None:
        self.teams.channel.is_shared = True

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

    async def open_channel(self) -> None:
        """Show the channel to the technician, whose client refreshes each card that asks for it."""
        for message in list(self.teams.channel.messages):
            with suppress(LookupError):  # no card of the message asks for it
                await self.environment.teams.refresh_card(self.technician.teams, message)

    def misplaced_cards(self, number: str) -> list[Any]:
        messages = self.teams.channel.messages
        (command,) = [
            one for one in messages if one.sender != "bot" and one.text.endswith(f"create {number}")
        ]
        return [one for one in self._cards(number) if one.thread_root != command.thread_root]

    def _cards(self, number: str) -> list[TeamsMessage]:
        messages = self.teams.channel.messages
        cards = [one for one in messages if one.cards and not one.deleted and not mentions(one)]
        return [one for one in cards if f"#{number}" in self.text(one)]

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        await expect_answer(self, answer, partial(self.type, words, by=by), by=by)

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

    def labels(self, message: TeamsMessage, *, by: Person | None = None) -> list[str]:
        return self.teams.titles(message, by=by)

    def bot_messages(self) -> list[str]:
        messages = self.teams.channel.messages
        return [self.text(one) for one in messages if one.sender == "bot" and not one.deleted]

    def channel_text(self) -> str:
        shown = [[one.text, one.cards, one.past_contents] for one in self.teams.channel.messages]
        return plain(json.dumps(shown, ensure_ascii=False))

    def pings(self, saying: str) -> list[Any]:
        mine = {self.technician.teams.mri, self.technician.teams.aad_id}
        messages = [one for one in self.teams.channel.messages if mine & set(mentions(one))]
        return [one for one in messages if saying in self.teams.text(one)]

    def thread_of(self, message: TeamsMessage) -> str:
        return message.thread_root

    def newest_with(self, label: str) -> TeamsMessage | None:
        shown = [*self.teams.channel.messages, *self.teams.personal.messages]
        newest_first = sorted((one for one in shown if not one.deleted), key=lambda one: -int(one.id))
        return next((one for one in newest_first if label in self.labels(one)), None)

    async def press(self, message: TeamsMessage, label: str, *, by: Person | None = None) -> None:
        await self.teams.press(message, _ANSWERS.get(label, label), by=by)

    async def press_expecting(self, message: TeamsMessage, label: str, answer: str) -> None:
        toasts = self.environment.teams.toasts[self.technician.teams]
        before = len(toasts)
        await self.press(message, label)
        assert answer in toasts[-1]
        assert len(toasts) > before

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        return await create_session(self, words, subject)

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

    def home_message(self) -> Any:
        return self._home

    def own_chat(self, saying: str) -> list[Any]:
        return [one for one in self.teams.personal.messages if saying in self.teams.text(one)]

    def home(self) -> str:
        return self.text(self._home) if self._home else ""

    def home_commands(self) -> list[str]:
        return written(self._home.cards) if self._home else []

    def _newest_home(self) -> TeamsMessage | None:
        for message in reversed(self.teams.personal.messages):
            text = self.text(message)
            if not message.deleted and "Overview" in text and f"You are {self.technician.name}" in text:
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
