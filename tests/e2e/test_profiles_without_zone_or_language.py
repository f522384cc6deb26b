"""A profile whose zone or locale does not exist: times are in UTC, and texts in the organization's language (here English)."""

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser


@pytest.mark.parametrize(
    ("zone", "locale"),
    [("Mars/Olympus", "tlh-QQ"), ("", ""), ("../etc/passwd", "-"), ("Europe", "1")],
    ids=["zone that does not exist", "none", "no zone at all", "folder of zones"],
)
async def test_times_are_in_utc_and_texts_in_the_organizations_language(
    connected: ChatUser, bot: RunningBot, zone: str, locale: str
) -> None:
    person = connected.new_technician()
    account = connected.environment.slack.state.users[person.user]
    account.tz, account.locale = zone, locale
    person.teams.timezone, person.teams.locale = zone, locale
    await connected.authorize(person)
    number = connected.slack_user.new_request()

    await connected.type(f"create {number} --at 31/12 23:45", by=person)
    await connected.reads("planned for", by=person)
    async with bot.database.reader.connect() as connection:
        found = await connection.exec_driver_sql(f"SELECT starts_at FROM plans WHERE number = '{number}'")  # noqa: S608 - a constant
        assert "12-31 23:45" in str(found.scalar_one())
    await connected.ask("list", "planned session", by=person)
    await connected.ask("status", "You are", by=person)
    await connected.ask("help create", "Create a session for each request", by=person)
