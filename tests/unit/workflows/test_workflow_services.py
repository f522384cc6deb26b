"""The services of the workflows: none shows anything in a chat without looking at the account first."""

from collections.abc import Iterator

from support.bot_in_memory import BotInMemory

from bot.account_check import AccountCheck
from bot.workflows.workflow_services import WorkflowServices

MAY_CALL_CHATS_DIRECTLY = (AccountCheck,)
"""It reads profiles to look at an account, and shows nothing."""


def parts_of(part: object, seen: set[int]) -> Iterator[object]:
    """Yield a service and each service of the workflows that it uses, directly or through others."""
    if id(part) in seen or not type(part).__module__.startswith("bot."):
        return
    seen.add(id(part))
    yield part
    for value in vars(part).values() if hasattr(part, "__dict__") else ():
        yield from parts_of(value, seen)


def test_every_workflow_shows_what_it_shows_through_the_chats_that_look_at_the_account(
    bot: BotInMemory,
) -> None:
    services = WorkflowServices(bot.services)
    parts = [one for one in parts_of(services, set()) if hasattr(one, "__dict__")]
    assert len(parts) > len(vars(services)) - 5
    direct = [
        type(one).__name__
        for one in parts
        if not isinstance(one, MAY_CALL_CHATS_DIRECTLY)
        and any(value is bot.services.chats for value in vars(one).values())
    ]
    assert direct == ["CarefulChats"]
