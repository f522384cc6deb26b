"""Teams' activities name the type of a channel, or its members tell whether another organization is there."""

from typing import Any

import pytest

from adapters.teams.incoming.activity import (
    LOCAL_TENANT,
    read_bot_name,
    with_bot_name,
    with_shared_mark,
    without_marks,
)
from adapters.teams.shared_channels import MAX_PAGES, SharedChannels
from adapters.teams.transport.connector import Connector
from bot.commands import Place
from bot.errors import Rejected, Unavailable
from bot.i18n import Text
from storage.repositories.teams import TeamsConversation

HERE, ELSEWHERE = "7a110000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-00000000ffff"
CHANNEL = TeamsConversation(
    HERE, "19:a@thread.tacv2", is_personal=False, service_url="https://smba.example.com"
)
OURS = {"id": "29:ann", "tenantId": HERE.upper(), "userRole": "user"}
GUEST = {"id": "29:gil", "tenantId": ELSEWHERE, "userRole": "guest"}
FOREIGN = {"id": "29:sam", "tenantId": ELSEWHERE, "userRole": "user"}


class FakeConnector(Connector):
    """Answers with pages of members, and counts the calls."""

    def __init__(self, *pages: list[Any] | Exception) -> None:
        self.pages = pages
        self.calls = 0

    async def read_members(
        self, service_url: str, conversation_id: str, continuation_token: str = ""
    ) -> dict[str, Any]:
        assert (service_url, conversation_id) == (CHANNEL.service_url, CHANNEL.id)
        self.calls += 1
        number = int(continuation_token or 0)
        page = self.pages[min(number, len(self.pages) - 1)]
        if isinstance(page, Exception):
            raise page
        following = {"continuationToken": str(number + 1)} if number + 1 < len(self.pages) else {}
        return {"members": page, **following}


@pytest.mark.parametrize(
    ("pages", "is_foreign"),
    [
        ([[OURS]], False),
        ([[OURS, GUEST]], False),
        ([[OURS, FOREIGN]], True),
        ([[OURS], [OURS], [FOREIGN]], True),
        ([[{"id": "29:ann"}, None, "?"]], False),
        ([[OURS]] * MAX_PAGES + [[FOREIGN]], False),
    ],
)
async def test_member_of_another_tenant_is_found_on_any_page(
    pages: list[list[Any] | Exception],
    is_foreign: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    connector = FakeConnector(*pages)
    channels = SharedChannels(connector)
    assert await channels.has_foreign_members(CHANNEL) is is_foreign
    before = connector.calls
    assert await channels.has_foreign_members(CHANNEL) is is_foreign
    assert connector.calls == before, "the answer is remembered"
    assert channels.is_known_shared(HERE, CHANNEL.id) is is_foreign


async def test_bot_that_was_no_member_asks_again_once_it_may_be_one() -> None:
    connector = FakeConnector(Rejected(Text("The bot is no member.")))
    channels = SharedChannels(connector)
    assert not await channels.has_foreign_members(CHANNEL)
    connector.pages = ([FOREIGN],)
    assert await channels.has_foreign_members(CHANNEL)


async def test_teams_that_is_away_is_asked_again() -> None:
    connector = FakeConnector(Unavailable(Text("Teams does not answer.")))
    channels = SharedChannels(connector)
    with pytest.raises(Unavailable):
        await channels.has_foreign_members(CHANNEL)
    connector.pages = ([FOREIGN],)
    assert await channels.has_foreign_members(CHANNEL)


async def test_local_tools_have_no_tenant_to_compare() -> None:
    local = TeamsConversation(LOCAL_TENANT, CHANNEL.id, is_personal=False, service_url=CHANNEL.service_url)
    assert not await SharedChannels(FakeConnector([FOREIGN])).has_foreign_members(local)


def test_mark_of_a_place_says_that_it_is_shared() -> None:
    """It is stored with the command, so it is known after a restart too."""
    channels = SharedChannels(FakeConnector())
    assert channels.is_known_shared(HERE, with_shared_mark(f"{CHANNEL.id};messageid=7"))
    assert channels.is_known_shared(HERE, f"{CHANNEL.id};messageid=7") is None


def test_marks_of_a_place_are_read_and_left_out() -> None:
    """A stored place says how the bot is called there, and whether the channel is a shared one."""
    thread = f"{CHANNEL.id};messageid=7"
    place = with_bot_name(thread, "TV Bot; (test)")
    for marked in (place, with_shared_mark(place)):
        assert read_bot_name(marked) == "TV Bot; (test)"
        assert without_marks(marked) == thread
        assert Place(marked).room == CHANNEL.id
    assert read_bot_name(with_shared_mark(thread)) == ""
    assert without_marks(with_shared_mark(thread)) == thread
