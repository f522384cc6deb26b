"""Where channels for administration are set: admin words work only there, and changes are announced there.

The bot speaks French to the organization, and English to the SDAdmin. Each chat has a channel for administration that
the bot is in, and one that it is not in. Teams' first one is set by Teams' link to it, which has a name.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.browser import sign_in
from support.cards import marked
from support.chat_user import ChatUser, expect_answer
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.reading import urls_in
from support.slack_user import SlackUser, until

from sandbox.environment import Environment, Person

Chat = Callable[[SlackUser], ChatUser]


class AdminChannels(NamedTuple):
    """The SDAdmin, in the channels for administration of both chats. The bot is not in the ``closed`` ones."""

    slack: InSlack
    teams: InTeams
    closed: tuple[InSlack, InTeams]
    colleague: Person
    link: str
    bot_url: str

    async def expect_announcement(self, words: str, attempt: Callable[[], Awaitable[None]]) -> None:
        """Make an attempt, and wait until the channel for administration of each chat says this once more."""
        expected = [count + 1 for count in self._count_announcements(words)]
        await attempt()
        await until(lambda: self._count_announcements(words) == expected)

    def _count_announcements(self, words: str) -> list[int]:
        return [
            len([one for one in room.bot_messages() if words in one]) for room in (self.slack, self.teams)
        ]


@pytest.fixture(scope="module")
async def admin_channels(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AdminChannels]:
    """One bot for all tests of this file."""
    environment = Environment()
    await environment.start()
    slack_user = SlackUser.new(environment)
    in_slack, in_teams = InSlack(slack_user), InTeams(slack_user)
    slack, teams = in_slack.in_new_channel("Admins"), in_teams.in_new_channel("Admins")
    closed = (
        in_slack.in_new_channel("Closed", bot_is_member=False),
        in_teams.in_new_channel("Closed", bot_is_member=False),
    )
    # The bot reads the list of technicians once, so all are on it before the start.
    colleague = teams.teams.join(slack.new_technician())
    folder = tmp_path_factory.mktemp("admin_channels")
    path = f"{quote(teams.channel, safe='')}/IT%20admins?groupId=1&tenantId=2"
    link = f"https://teams.microsoft.com/l/channel/{path}"
    settings = settings_for(
        environment,
        f"sqlite:///{folder}/tvbot.db",
        TVBOT_ADMINS=slack_user.technician.email,
        TVBOT_ADMIN_CHANNELS=",".join([slack.channel, link, *(one.channel for one in closed)]),
        TVBOT_LANGUAGE="fr",
    )
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, folder / "log", "serve")
    await bot.start()
    await environment.teams.install_app(teams.teams.channel, slack_user.technician.teams)
    yield AdminChannels(slack, teams, closed, colleague, link, settings["TVBOT_PUBLIC_URL"])
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()
    await environment.stop()


@pytest.fixture
def room(admin_channels: AdminChannels, chat: Chat) -> ChatUser:
    """The SDAdmin in one chat, in its channel for administration."""
    return admin_channels.slack if chat is InSlack else admin_channels.teams


@pytest.fixture
def elsewhere(room: ChatUser) -> ChatUser:
    """The same SDAdmin in another channel of the same chat."""
    return room.in_new_channel("Helpdesk")


async def test_change_is_announced_in_the_admin_channels_of_both_chats(
    admin_channels: AdminChannels, room: ChatUser, elsewhere: ChatUser
) -> None:
    """Elsewhere the word is refused. The announcement is in the organization's language."""
    refused = partial(elsewhere.type, "admin widget off")
    await expect_answer(elsewhere, "Do that in a channel for administration", refused)
    for words, said in (
        ("admin widget off", "Tom Ray a désactivé le widget (tous les emplacements)."),
        ("admin widget on", "Tom Ray a activé le widget (tous les emplacements)."),
    ):
        await admin_channels.expect_announcement(said, partial(room.type, words))
    assert not [one for one in elsewhere.bot_messages() if "Tom Ray a" in one]


async def test_events_that_slack_drops_are_announced_once_an_hour(admin_channels: AdminChannels) -> None:
    """Slack repeats its notice each minute while it drops events."""
    slack = admin_channels.slack.environment.slack
    team = slack.state.team_of(admin_channels.slack.technician.user).id
    at = int(slack.state.now()) // 3600 * 3600

    async def drop_events() -> None:
        for seconds in (0, 60):
            notice = {"type": "app_rate_limited", "team_id": team, "minute_rate_limited": at + seconds}
            assert (await slack.delivery.deliver_event(notice)).status == 200

    await admin_channels.expect_announcement("Slack ne transmet plus tous les événements", drop_events)


async def test_sdadmin_reads_which_channels_were_not_reached(
    admin_channels: AdminChannels, room: ChatUser
) -> None:
    """Those of both chats, with what to do. The bot has posted nothing there, and nobody reads an id of Teams."""
    closed_in_slack, closed_in_teams = admin_channels.closed
    named = (
        closed_in_slack.channel,
        "announced in a channel in Microsoft Teams. The bot is not in this channel",
    )
    for words in ("admin widget off", "admin widget on"):
        before = [room.seen().count(one) for one in named]
        await room.type(words)
        for name, count in zip(named, before, strict=True):
            await until(lambda name, count: room.seen().count(name) > count, name, count)
    assert closed_in_teams.channel not in room.seen()
    assert [one.bot_messages() for one in admin_channels.closed] == [[], []]


async def test_new_and_former_sdadmins_are_announced(admin_channels: AdminChannels, room: ChatUser) -> None:
    """Everybody in the channels of both chats reads who got or lost the role."""
    for words, said in (
        ("admin grant {}", "Tom Ray a donné le rôle SDAdmin à Ines Moreau"),
        ("admin revoke {}", "Tom Ray a retiré le rôle SDAdmin à Ines Moreau"),
    ):
        granting = partial(room.type, words, mentioning=admin_channels.colleague)
        await admin_channels.expect_announcement(said, granting)


async def test_home_names_the_admin_channels_in_the_place_of_switches(elsewhere: ChatUser) -> None:
    """Its switches would all be refused, so there are none."""
    await elsewhere.open_home()
    await until(lambda: "Administration commands work only in these channels" in elsewhere.home())
    assert elsewhere.home_commands()
    assert "admin" not in "".join(elsewhere.home_commands())


@pytest.mark.parametrize("chat", [InSlack], indirect=True, ids=["slack"])
async def test_slack_names_its_own_channels_and_links_those_of_teams(
    admin_channels: AdminChannels, elsewhere: ChatUser
) -> None:
    """Slack shows the name where a message has the id. Nobody reads an id of Teams."""
    closed_in_slack, closed_in_teams = admin_channels.closed
    refused = partial(elsewhere.type, "admin disable")
    await expect_answer(elsewhere, "Do that in a channel for administration", refused)
    await elsewhere.open_home()
    for text in (elsewhere.seen(), elsewhere.home()):
        assert f"<#{admin_channels.slack.channel}>" in text
        assert f"<#{closed_in_slack.channel}>" in text
        assert f"<{admin_channels.link.replace('&', '&amp;')}|IT admins>" in text
        assert closed_in_teams.channel not in text


@pytest.mark.parametrize("chat", [InTeams], indirect=True, ids=["teams"])
async def test_teams_links_the_channels_of_both_chats(
    admin_channels: AdminChannels, elsewhere: InTeams
) -> None:
    """By name, if the setting has it. Nobody reads an id."""
    closed_in_slack, closed_in_teams = admin_channels.closed
    await elsewhere.type("admin disable")
    (refused,) = await until(
        lambda: [one for one in elsewhere.teams.channel.messages if one.sender == "bot" and one.cards]
    )
    (sentence,) = marked(refused.cards)
    assert sentence.startswith("🚫 Do that in a channel for administration: ")
    assert f"[IT admins]({admin_channels.link})" in sentence
    for channel in (admin_channels.slack.channel, closed_in_slack.channel):
        assert f"[a channel in Slack](https://slack.com/app_redirect?channel={channel})" in sentence
    assert "a channel in Microsoft Teams" in sentence
    assert closed_in_teams.channel not in sentence


async def test_other_words_work_outside_of_the_admin_channels(elsewhere: ChatUser) -> None:
    """``status`` is no word of administration, though it names the switches."""
    await expect_answer(elsewhere, "integration is switched on", partial(elsewhere.type, "status"))


async def test_unknown_person_is_answered_in_the_organizations_language(
    admin_channels: AdminChannels,
) -> None:
    """A command in Slack does not say the person's language. A browser that asks for a language gets it."""
    unknown = SlackUser.new(admin_channels.slack.environment)
    outcome = await unknown.type("creat 101")
    assert "Vouliez-vous dire" in outcome.json["text"]
    url = f"{admin_channels.bot_url}/oauth/teamviewer/callback?error=denied"
    async with aiohttp.ClientSession() as browser:
        for wanted, said in (("", "Compte non connecté"), ("de, en;q=0.4", "Not connected")):
            headers = {"Accept-Language": wanted} if wanted else {}
            async with browser.get(url, headers=headers) as page:
                assert page.status == 400
                assert said in await page.text()


async def test_app_that_teamviewer_refuses_is_announced_and_so_is_its_end(
    admin_channels: AdminChannels,
) -> None:
    """Its secret was replaced at TeamViewer, and the bot was not told. The next sign-in shows it."""
    slack_user, teamviewer = admin_channels.slack.slack_user, admin_channels.slack.environment.teamviewer
    person, secret = slack_user.technician, teamviewer.client_secret

    async def sign_in_at_teamviewer() -> None:
        urls = len(set(sign_in_urls(slack_user)))
        await slack_user.type("auth")
        await until(lambda: len(set(sign_in_urls(slack_user))) > urls)
        await sign_in(slack_user.environment, sign_in_urls(slack_user)[-1], person.email)

    teamviewer.client_secret = "a-newer-secret"
    await admin_channels.expect_announcement("TeamViewer refuse l’application du bot.", sign_in_at_teamviewer)
    teamviewer.client_secret = secret
    await admin_channels.expect_announcement(
        "TeamViewer accepte à nouveau l’application du bot.", sign_in_at_teamviewer
    )


def sign_in_urls(slack_user: SlackUser) -> list[str]:
    shown = slack_user.environment.slack.ephemerals(slack_user.technician.user, slack_user.channel)
    return [url for url in urls_in(shown) if "/oauth/teamviewer/start" in url]
