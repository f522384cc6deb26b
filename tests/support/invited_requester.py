"""A requester with an account in one chat, and what the bot shows them in their own conversation with it."""

import json
from dataclasses import dataclass
from typing import Any

from support.cards import addresses
from support.reading import buttons, labels, urls_in
from support.slack_user import text_of, until
from support.teams_user import plain

from sandbox.environment import Environment, Person
from sandbox.teams import DeliveryResult


@dataclass
class InvitedInSlack:
    """A requester in Slack."""

    environment: Environment
    person: Person

    name = "Slack"

    async def meet(self) -> None:
        """Do nothing: in Slack the bot can write to every member."""

    def messages(self) -> list[Any]:
        """Return the messages of the bot in their conversation, oldest first."""
        return [one for one in self.environment.slack.dm_messages(self.person.user) if one.is_bot]

    def text(self, message: Any) -> str:
        """Return what is written on a message."""
        return text_of(message)

    def labels(self, message: Any) -> list[str]:
        """Return what can be pressed on a message."""
        return labels(message.blocks)

    def links(self, message: Any) -> list[str]:
        """Return where the buttons of a message lead."""
        return urls_in(message.blocks)

    async def press(self, message: Any, label: str, *, by: Person | None = None, stale: bool = False) -> Any:
        """Press a button, also one that an update has removed (``stale``)."""
        shown = [message.blocks, message.history if stale else []]
        found = next(one for one in buttons(shown) if one["text"]["text"] == label)
        return await self.environment.slack.press_element(
            (by or self.person).user, message, found["action_id"], value=found.get("value"), stale=stale
        )

    def seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees."""
        return json.dumps(self.environment.slack.visible_to((by or self.person).user), ensure_ascii=False)


@dataclass
class InvitedInTeams:
    """A requester in Teams."""

    environment: Environment
    person: Person

    name = "Microsoft Teams"

    async def meet(self) -> None:
        """Add the app, and wait until the bot has greeted them: then it knows their address."""
        chat = self.environment.teams.personal_chat(self.person.teams)
        await self.environment.teams.install_app(chat, self.person.teams)
        await until(lambda: [one for one in chat.messages if one.sender == "bot"])
        self._before = len(self._all())

    def _all(self) -> list[Any]:
        chat = self.environment.teams.personal_chat(self.person.teams)
        return [one for one in chat.messages if one.sender == "bot" and not one.deleted]

    def messages(self) -> list[Any]:
        """Return the messages of the bot in their conversation but its greeting, oldest first."""
        return self._all()[self._before :]

    def text(self, message: Any) -> str:
        """Return what is written on a message."""
        cards = self.environment.teams.visible_cards(self.person.teams, message)
        return plain(json.dumps([message.text, cards], ensure_ascii=False))

    def labels(self, message: Any) -> list[str]:
        """Return what can be pressed on a message."""
        return self.environment.teams.button_titles(self.person.teams, message)

    def links(self, message: Any) -> list[str]:
        """Return where the buttons of a message lead."""
        return addresses(self.environment.teams.visible_cards(self.person.teams, message))

    async def press(self, message: Any, label: str, *, by: Person | None = None) -> DeliveryResult:
        """Press a button."""
        return await self.environment.teams.press_button((by or self.person).teams, message, label)

    def seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees."""
        return plain(self.environment.teams.visible_to((by or self.person).teams))


Invited = InvitedInSlack | InvitedInTeams


async def new_requester(environment: Environment, made: type[Invited], *, locale: str = "en-US") -> Invited:
    """Add Ann Lee, whose account in one chat alone has the requester's address. In the other chat it is somebody else's.

    In Teams she adds the app, so the bot can write to her.
    """
    address = f"ann.lee.{len(environment.slack.state.users)}@example.test"
    person = environment.add_chat_user("Ann Lee", address, locale=locale)
    if made is InvitedInSlack:
        person.teams.email = f"other.{address}"
    else:
        environment.slack.state.users[person.user].email = f"other.{address}"
    invited: Invited = made(environment, person)
    await invited.meet()
    return invited
