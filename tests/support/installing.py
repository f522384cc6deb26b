"""A bot that serves every workspace that adds it, and the browser of the person who adds it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from aiohttp import ClientSession, CookieJar
from sqlalchemy.ext.asyncio import AsyncConnection
from support.bot import BotProcess
from support.slack_user import SlackUser, text_of, until

from sandbox.environment import Environment, Person
from storage.database import Database

MOST_PEOPLE = 80
TRUSTED = [f"T0{number}" for number in range(1, MOST_PEOPLE)] + [
    "E0GRID",
    *(f"E0GRID{field}{flag}" for field in range(3) for flag in range(2)),
]
"""The workspaces and organizations that may add the app."""


def _address(number: int) -> str:
    return f"technician{number}@example.test"


def hire_technicians(environment: Environment) -> None:
    """Let all of them be technicians before the bot reads the list of them, which it believes for a while."""
    for number in range(1, MOST_PEOPLE):
        environment.servicedesk.add_technician("Ada Min", _address(number))
        environment.teamviewer.add_account(_address(number), "Ada Min")


async def open_install_pages(bot_url: str, number: int) -> list[str]:
    """Open the page that adds the app this often. Return the states that it gives out to the browser."""
    states = []
    async with ClientSession() as client:
        for _page in range(number):
            async with client.get(f"{bot_url}/slack/install", allow_redirects=False) as answer:
                states.append(str(answer.cookies["tvbot-slack-install"].value))
    return states


@dataclass
class Page:
    """What the browser shows at last."""

    status: int
    text: str


@dataclass
class Browser:
    """The browser of somebody who adds the app."""

    environment: Environment
    bot_url: str
    session: ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def decide(self, team: str, decision: str = "allow") -> str:
        """Go to Slack's page and decide there; returns the address that Slack sends the browser back to."""
        async with self.session.get(f"{self.bot_url}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 302
            asked = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        form = {**asked, "team": team, "decision": decision}
        async with self.session.post(
            self.environment.slack.authorize_url, data=form, allow_redirects=False
        ) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def go(self, address: str) -> Page:
        """Open an address."""
        async with self.session.get(address) as answer:
            return Page(answer.status, await answer.text())


@dataclass
class Place:
    """A bot that serves whichever workspace adds it."""

    environment: Environment
    bot_url: str
    bot: BotProcess
    database_url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def browser(self) -> Browser:
        return Browser(self.environment, self.bot_url)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncConnection]:
        """Connect to the bot's database, to read it."""
        database = Database(self.database_url)
        try:
            async with database.reader.connect() as connection:
                yield connection
        finally:
            await database.close()

    def new_team(self, *, enterprise: str | None = None) -> tuple[str, SlackUser]:
        """Found a workspace with an administrator who is a technician, and a channel with the bot."""
        number = next(self.numbers)
        team = self.environment.slack.add_team(
            f"T0{number}", f"Firm {number}", f"firm{number}", enterprise=enterprise
        )
        person = self.new_person(team, is_admin=True)
        channel = self.environment.slack.add_channel(f"firm-{number}", [person.user], team=team)
        return team, SlackUser(self.environment, person, channel)

    def new_person(self, team: str, **account: Any) -> Person:
        """One of the technicians, with an account in a workspace."""
        address = _address(next(self.numbers))
        return self.environment.add_chat_user("Ada Min", address, team=team, **account)

    async def install(self, team: str) -> Page:
        async with self.browser() as browser:
            return await browser.go(await browser.decide(team))

    def exchanges(self) -> int:
        """How often tokens were asked for: by a code, or by a refresh token."""
        return self.environment.slack.count_calls("oauth.v2.access")

    async def until_greeted(self, person: Person) -> str:
        await until(lambda: self.environment.slack.dm_messages(person.user))
        return text_of(self.environment.slack.dm_messages(person.user)[0])
