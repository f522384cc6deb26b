"""Conversations of Teams: in which tenant each one is, and where the bot can no longer post."""

from support.clock import Clock

from bot.model.ids import Email, OrgId
from bot.model.technician import Actor, Directory, Platform, Profile
from storage.repositories.teams import TeamsAccount, TeamsConversation
from storage.unit_of_work import SqlUnitOfWork


async def test_conversation_is_found_by_its_id_in_its_tenant(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """The conversation of another organization is not found."""
    async with sql_unit_of_work.write() as tx:
        await tx.teams.store_conversation(
            TeamsConversation("tenant-a", "19:x", is_personal=False, service_url="https://a"), clock()
        )
    async with sql_unit_of_work.read() as tx:
        assert await tx.teams.list_conversation_tenants("19:x") == ["tenant-a"]
        assert await tx.teams.list_conversation_tenants("19:y") == []
    sql_unit_of_work._org_id = OrgId("another")
    async with sql_unit_of_work.read() as tx:
        assert await tx.teams.list_conversation_tenants("19:x") == []


async def test_conversation_with_a_new_activity_is_no_longer_left(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """One activity stores that, even if another process stored that the bot had left."""
    conversation = TeamsConversation("tenant-a", "19:x", is_personal=True, service_url="https://a")
    async with sql_unit_of_work.write() as tx:
        await tx.teams.store_conversation(conversation, clock())
        await tx.teams.mark_conversation_left("tenant-a", "19:x", clock())
    async with sql_unit_of_work.read() as tx:
        left = await tx.teams.find_conversation("tenant-a", "19:x")
    assert left is not None
    assert left.has_left
    async with sql_unit_of_work.write() as tx:
        await tx.teams.store_conversation(conversation, clock())
        assert await tx.teams.find_conversation("tenant-a", "19:x") == conversation


async def test_requester_can_be_reached_while_they_have_a_personal_chat_and_are_no_technician(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    account = TeamsAccount("tenant-a", "rita", "29:rita", "19:team")
    rita = Profile(Actor(Platform.TEAMS, "tenant-a", "rita"), "Rita", Email("rita@example.test"))
    chat = TeamsConversation("tenant-a", "a:rita", is_personal=True, service_url="https://a")
    async with sql_unit_of_work.write() as tx:
        await tx.teams.store_account(account, clock())
        await tx.people.store_profile(rita, clock())
        assert not await tx.teams.has_reachable_requester(), "she is only in a team"
        await tx.teams.store_conversation(chat, clock())
        await tx.teams.store_personal_chat(account, "a:rita")
        assert await tx.teams.has_reachable_requester()
        await tx.people.store_directory(Directory({Email("rita@example.test"): "Rita"}, clock()))
        assert not await tx.teams.has_reachable_requester(), "she is a technician"
        await tx.people.store_directory(Directory({}, clock()))
        await tx.teams.mark_conversation_left("tenant-a", "a:rita", clock())
        assert not await tx.teams.has_reachable_requester(), "she removed the app"
