"""A command that changes nothing says so, in both chats. Only a change is confirmed."""

import json
import re

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.slack_user import until

from bot.model.ids import Email
from bot.model.sanitize import JOINER

NOTHING_TO_DO = [
    ("admin enable", "The integration is switched on already"),
    ("admin status on", "The integration is switched on already"),
    ("admin widget on", "The widget is switched on already (all). Nothing was changed"),
    ("admin widget on home", "The widget is switched on already (home). Nothing was changed"),
    ("admin grant {}", "Tom Ray is an SDAdmin already. Nothing was changed"),
    ("admin revoke nobody@example.test", "nobody@example.test is not an SDAdmin, so nothing was changed"),
]


@pytest.mark.parametrize(("words", "answer"), NOTHING_TO_DO, ids=[words for words, _answer in NOTHING_TO_DO])
async def test_command_that_changes_nothing_is_not_confirmed(
    admin: ChatUser, bot: RunningBot, words: str, answer: str
) -> None:
    async with bot.unit_of_work.read() as tx:
        before = len(await tx.audit.all())
    await admin.type(words, mentioning=admin.technician if "{}" in words else None)
    await admin.reads(answer)
    assert f"✅ {answer}" not in admin.seen()
    async with bot.unit_of_work.read() as tx:
        assert len(await tx.audit.all()) == before


async def test_switch_that_is_off_already_is_not_confirmed(admin: ChatUser) -> None:
    await admin.type("admin disable")
    await admin.reads("✅ The integration is switched off")
    await admin.type("admin disable")
    await admin.reads("The integration is switched off already")
    assert "✅ The integration is switched off already" not in admin.seen()
    await admin.type("admin enable")
    await admin.reads("✅ The integration is switched on. Every technician")


async def test_role_is_revoked_by_an_address_that_is_copied_from_the_list(
    admin: ChatUser, bot: RunningBot
) -> None:
    """The list shows it with invisible joiners, so that it does not become markup or a link. They come along."""
    address = Email("lee_.min@example.test")
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(address)
    await admin.type("admin admins")
    copied = await until(lambda: _shown_address(admin))
    assert copied != address
    await admin.type(f"admin revoke {copied}")
    await until(lambda: f"✅ {address} is no longer an SDAdmin" in _without_joiners(admin))
    async with bot.unit_of_work.read() as tx:
        assert address not in await tx.people.granted_admins()
    await admin.type(f"admin revoke {copied}")
    await until(lambda: f"{address} is not an SDAdmin, so nothing was changed" in _without_joiners(admin))


def _without_joiners(admin: ChatUser) -> str:
    return admin.seen().replace(JOINER, "")


def _shown_address(admin: ChatUser) -> str:
    """Return the address as the chat shows it. Backslashes are Markdown's, which a reader does not see."""
    slack, teams = admin.environment.slack, admin.environment.teams
    shown = json.dumps(
        [slack.visible_to(admin.technician.user), teams.visible_to(admin.technician.teams)],
        ensure_ascii=False,
    ).replace("\\", "")
    found = re.search(r"lee_[\u2060.]*min@[\w.\u2060]*test", shown)
    return found[0] if found else ""
