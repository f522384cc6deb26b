"""Granting and revoking SDAdmin: the answer, the announcement, the home, and the record."""

import json

import pytest
from support.bot import RunningBot
from support.reading import walk
from support.slack_user import SlackUser, card_of, until

from bot.model.ids import Email
from sandbox.slack.model import View


@pytest.fixture
async def admin(slack_user: SlackUser, bot: RunningBot) -> SlackUser:
    """A technician who is an SDAdmin."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    return slack_user


async def is_admin(bot: RunningBot, email: str) -> bool:
    async with bot.unit_of_work.read() as tx:
        return email in await tx.people.granted_admins()


@pytest.mark.parametrize("account", [{}, {"is_restricted": True}, {"deleted": True}], ids=str)
async def test_who_is_no_technician_is_not_made_an_sdadmin(
    admin: SlackUser, bot: RunningBot, account: dict[str, bool]
) -> None:
    """The answer speaks about the other person, not to them."""
    gus = admin.new_colleague(**account)
    await admin.type(f"admin grant <@{gus.user}>")
    await until(lambda: f"Gus Guest ({gus.email}) cannot be an SDAdmin" in admin.seen())
    assert "You are" not in admin.seen()
    assert not await is_admin(bot, gus.email)


@pytest.mark.parametrize(
    "change", [{"is_restricted": True}, {"deleted": True}, {"is_stranger": True}, {}], ids=str
)
async def test_sdadmin_is_revoked_from_a_former_technician(
    admin: SlackUser, bot: RunningBot, change: dict[str, bool]
) -> None:
    """A guest by now, deactivated, of another organization, or no longer on the list of technicians."""
    ines = admin.new_technician()
    await admin.type(f"admin grant <@{ines.user}>")
    await until(lambda: "Ines Moreau is an SDAdmin now" in admin.seen())
    assert await is_admin(bot, ines.email)
    for name, value in change.items():
        setattr(admin.environment.slack.state.users[ines.user], name, value)
    if not change:
        admin.environment.servicedesk.remove_technician(ines.email)
    await admin.type(f"admin revoke <@{ines.user}>")
    await until(lambda: "Ines Moreau is no longer an SDAdmin" in admin.seen())
    assert not await is_admin(bot, ines.email)


async def test_sdadmin_is_revoked_by_the_address_of_a_person_who_left(
    admin: SlackUser, bot: RunningBot
) -> None:
    """Their account may be gone, so that nobody can mention it."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email("gone@example.test"))
    await admin.type("admin revoke <mailto:Gone@example.test|Gone@example.test>")
    await until(lambda: "gone@example.test is no longer an SDAdmin" in admin.seen())
    assert not await is_admin(bot, "gone@example.test")
    await admin.type("admin revoke <@U0UNKNOWN>")
    await until(lambda: "Type the address itself" in admin.seen())


async def test_their_home_shows_it_at_once(admin: SlackUser) -> None:
    ines = admin.new_technician()
    slack = admin.environment.slack
    await slack.send_event("app_home_opened", user=ines.user, tab="home")
    await until(lambda: slack.home_tab(ines.user))
    assert "Administration" not in _written(slack.home_tab(ines.user))
    await admin.type(f"admin grant <@{ines.user}>")
    await until(lambda: "Administration" in _written(slack.home_tab(ines.user)))
    await admin.type(f"admin revoke <@{ines.user}>")
    await until(lambda: "Administration" not in _written(slack.home_tab(ines.user)))


async def test_the_same_delivery_of_a_grant_gets_what_came_of_it(admin: SlackUser) -> None:
    ines = admin.new_technician()
    words = f"admin grant <@{ines.user}>"
    await admin.type(words, trigger_id=f"7.7.{ines.user}")
    await until(lambda: "Ines Moreau is an SDAdmin now" in admin.seen())
    again = await admin.type(words, trigger_id=f"7.7.{ines.user}")
    assert "Ines Moreau is an SDAdmin now" in json.dumps(again.json)


async def test_the_trail_names_people_by_their_address_and_the_card_by_their_name(
    admin: SlackUser, bot: RunningBot
) -> None:
    await admin.authorize()
    number = admin.new_request()
    await admin.type(f"create {number}")
    await until(lambda: card_of(admin, number, "Waiting for"))
    await admin.type(f"end {number}")
    await until(lambda: card_of(admin, number, "Ended by Tom Ray"))
    async with bot.unit_of_work.read() as tx:
        mine = [one.entry for one in await tx.audit.all() if one.entry.subject.startswith(f"#{number} ")]
    assert [(one.action.value, one.by) for one in mine] == [
        ("session.created", admin.technician.email),
        ("session.ended", admin.technician.email),
    ]


def _written(home: View | None) -> str:
    assert home is not None
    return "\n".join(str(one["text"]) for one in walk(home.content) if isinstance(one.get("text"), str))
