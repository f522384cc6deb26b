"""One technician at work in Teams: a team's channel with the bot, and their personal chat with it."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from support.browser import sign_in
from support.slack_user import CONNECT, SlackUser, asked_until_listed, until

from sandbox.environment import Environment, Person
from sandbox.teams import Conversation, DeliveryResult, TeamsMessage

_teams = itertools.count(1)


@dataclass
class TeamsUser:
    """A technician in Teams. ``slack_user`` is the same person in Slack, and creates the requests."""

    slack_user: SlackUser
    channel: Conversation
    personal: Conversation

    @classmethod
    def of_slack_user(cls, slack_user: SlackUser) -> "TeamsUser":
        """Return the same technician in Teams, in a new channel."""
        teams, person = slack_user.environment.teams, slack_user.technician.teams
        channel = teams.add_team_channel(f"Support {next(_teams)}", "Helpdesk", [person])
        return cls(slack_user, channel, teams.personal_chat(person))

    @property
    def environment(self) -> Environment:
        return self.slack_user.environment

    @property
    def technician(self) -> Person:
        return self.slack_user.technician

    def join(self, person: Person) -> Person:
        """Let somebody else into the channel."""
        self.channel.members.append(person.teams)
        return person

    async def say(
        self, words: str, *, by: Person | None = None, where: Conversation | None = None, **more: Any
    ) -> DeliveryResult:
        """Write to the bot, in the channel (mentioned) or in another conversation."""
        person = (by or self.technician).teams
        return await self.environment.teams.post_message(person, where or self.channel, words, **more)

    async def press(
        self,
        message: TeamsMessage,
        title: str,
        inputs: dict[str, Any] | None = None,
        *,
        by: Person | None = None,
        **how: Any,
    ) -> DeliveryResult:
        """Press a button on a card, as that person sees it."""
        return await self.environment.teams.press_button(
            (by or self.technician).teams, message, title, inputs, **how
        )

    def card(
        self, number: str, saying: str = "", *, by: Person | None = None, where: Conversation | None = None
    ) -> TeamsMessage | None:
        """The newest message of the bot's about a request whose card, as this person sees it, says this."""
        person = (by or self.technician).teams
        for message in reversed((where or self.channel).messages):
            if message.sender == "bot" and not message.deleted and not mentions(message):
                text = self.text(message, by=by)
                if f"#{number}" in text and saying in text and person in message.conversation.members:
                    return message
        return None

    def present_card(self, number: str) -> TeamsMessage:
        """Return the newest card in the channel about a request, which is there already."""
        card = self.card(number)
        assert card is not None, f"no card for request {number}"
        return card

    def text(self, message: TeamsMessage, *, by: Person | None = None) -> str:
        """Everything written on a message, as this person sees it."""
        cards = self.environment.teams.visible_cards((by or self.technician).teams, message)
        return plain(json.dumps([message.text, cards], ensure_ascii=False))

    def titles(self, message: TeamsMessage, *, by: Person | None = None) -> list[str]:
        """What this person can press on a message."""
        return self.environment.teams.button_titles((by or self.technician).teams, message)

    def seen(self, by: Person | None = None) -> str:
        """Everything that has reached this person's client."""
        return plain(self.environment.teams.visible_to((by or self.technician).teams))

    async def reads(self, words: str, *, by: Person | None = None) -> str:
        """Wait until this person sees these words."""
        await until(lambda: words in self.seen(by))
        return self.seen(by)

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        """Write ``auth`` in the personal chat, press the button, sign in, and wait for the bot's greeting."""
        person = by or self.technician
        chat = self.environment.teams.personal_chat(person.teams)
        before = self.seen(person).count("You are connected to TeamViewer")
        used = self._sign_in_url(person, chat)
        url = await asked_until_listed(
            lambda: self.say("auth", by=person, where=chat),
            lambda: url if (url := self._sign_in_url(person, chat)) != used else "",
            lambda: self.seen(person),
        )
        page = await sign_in(self.environment, url, account or person.email)
        if "One step is left" in page:
            asked = await until(lambda: self._newest_with(person, chat, CONNECT))
            await self.press(asked, CONNECT, by=person)
        await until(lambda: self.seen(person).count("You are connected to TeamViewer") > before)

    def _newest_with(self, person: Person, chat: Conversation, label: str) -> TeamsMessage | None:
        shown = [one for one in reversed(chat.messages) if not one.deleted]
        return next((one for one in shown if label in self.titles(one, by=person)), None)

    def _sign_in_url(self, person: Person, chat: Conversation) -> str:
        """Return the newest sign-in address. An SDAdmin who has authorized before gets it as a new account."""
        for message in reversed(chat.messages):
            for title in {"Authorize TeamViewer", "New account"} & set(self.titles(message, by=person)):
                return self.environment.teams.button_url(person.teams, message, title)
        return ""

    async def create(self, words: str = "create", **request: Any) -> tuple[str, Any]:
        """Create a session for a new request in the channel; returns its number and TeamViewer's session."""
        number = self.slack_user.new_request(**request)
        await self.say(f"{words} {number}")
        await until(lambda: self.card(number, "Waiting for") and self.environment.servicedesk.notes(number))
        return number, self.slack_user.sessions(number)[0]


def mentions(message: TeamsMessage) -> list[str]:
    """The ids of the people whom the cards of a message mention. A session's card mentions nobody, a reply to it does."""
    entities = [one for card in message.cards for one in (card.get("msteams") or {}).get("entities") or []]
    return [str(one["mentioned"]["id"]) for one in entities]


def plain(text: str) -> str:
    """A card's text as a person reads it: no escapes, no joiners, no JSON's backslashes."""
    return text.replace("\u2060", "").replace("\\\\", "").replace("\\", "")
