"""What Teams tells once: in which tenant a conversation is, and where the bot may no longer write."""

from support.clock import Clock

from bot.model.ids import OrgId
from storage.repositories.teams import Conversation
from storage.unit_of_work import SqlUnitOfWork


async def test_a_conversation_is_found_by_its_id_in_its_tenant(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """Another organization's is not."""
    async with sql_unit_of_work.write() as tx:
        await tx.teams.met_in(
            Conversation("tenant-a", "19:x", is_personal=False, service_url="https://a"), clock()
        )
    async with sql_unit_of_work.read() as tx:
        assert await tx.teams.tenants_of("19:x") == ["tenant-a"]
        assert await tx.teams.tenants_of("19:y") == []
    sql_unit_of_work._org_id = OrgId("another")
    async with sql_unit_of_work.read() as tx:
        assert await tx.teams.tenants_of("19:x") == []


async def test_where_the_bot_speaks_again_it_has_not_left(
    sql_unit_of_work: SqlUnitOfWork, clock: Clock
) -> None:
    """Noted by one activity, whichever process had noted the other."""
    place = Conversation("tenant-a", "19:x", is_personal=True, service_url="https://a")
    async with sql_unit_of_work.write() as tx:
        await tx.teams.met_in(place, clock())
        await tx.teams.left("tenant-a", "19:x", clock())
    async with sql_unit_of_work.read() as tx:
        left = await tx.teams.conversation("tenant-a", "19:x")
    assert left is not None
    assert left.has_left
    async with sql_unit_of_work.write() as tx:
        await tx.teams.met_in(place, clock())
        assert await tx.teams.conversation("tenant-a", "19:x") == place
