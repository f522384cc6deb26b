"""The ServiceDesk Plus client reads the technicians: from their own list, or else from the list of users."""

from typing import Any

import pytest
from support.servicedesk_script import PAGE, TECHNICIANS, Handler, Script, lists, refuses, says

from bot.errors import BotError, NotAuthorized, Rejected, Unavailable
from bot.ports import TechnicianList

USERS = "GET /users"
NO_SCOPE = [refuses(401, 4002, message="UNAUTHORISED")] * 2
TOM = {"id": "1", "name": "Tom Ray", "email_id": "Tom@example.test", "is_technician": True}
ANN = {"id": "2", "name": "Ann Lee", "email_id": "ann@example.test", "is_technician": False}


async def test_every_page_of_technicians_is_read(slack_user: Script) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "Tom@Example.test"}
    second = {"id": "2", "name": "Ines", "email_id": "ines@example.test", "status": "ACTIVE"}
    gone = [
        {"id": "3", "name": "Old", "email_id": "old@example.test", "status": "INACTIVE"},
        {"id": "4", "name": "No mail"},
    ]
    slack_user.on(TECHNICIANS, lists("technicians", first, more=True), lists("technicians", second, *gone))
    names = {"tom@example.test": "Tom Ray", "ines@example.test": "Ines"}
    assert await slack_user.client.technicians() == TechnicianList(names)
    starts = [asked.input_data["list_info"]["start_index"] for asked in slack_user.asked[TECHNICIANS]]
    assert starts == [1, 2]


@pytest.mark.parametrize("again", [[{"id": "1", "email_id": "tom@example.test"}], []])
async def test_endless_technician_list_is_given_up(slack_user: Script, again: list[Any]) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "tom@example.test"}
    slack_user.on(
        TECHNICIANS, lists("technicians", first, more=True), lists("technicians", *again, more=True)
    )
    with pytest.raises(Unavailable):
        await slack_user.client.technicians()


@pytest.mark.parametrize("refusal", [NO_SCOPE, [refuses(403, 4002)], [refuses(404, 4007)], [says(400, PAGE)]])
async def test_technicians_are_read_from_the_users_where_their_list_is_refused(
    slack_user: Script, refusal: list[Handler]
) -> None:
    """A portal that ignores the search lists the requesters too."""
    inactive = TOM | {"id": "3", "email_id": "old@example.test", "status": "INACTIVE"}
    slack_user.on(TECHNICIANS, *refusal)
    slack_user.on(USERS, lists("users", TOM, ANN, inactive))
    technicians = await slack_user.client.technicians()
    assert technicians.names == {"tom@example.test": "Tom Ray"}
    assert "list of users" in str(technicians.limitation)
    (asked,) = slack_user.asked[USERS]
    assert asked.input_data["list_info"]["search_criteria"] == {
        "field": "is_technician",
        "condition": "is",
        "value": True,
    }


async def test_missing_scope_of_the_technicians_is_named(slack_user: Script) -> None:
    slack_user.on(TECHNICIANS, *NO_SCOPE)
    slack_user.on(USERS, lists("users", TOM))
    limitation = (await slack_user.client.technicians()).limitation
    assert "SDPOnDemand.technicians.READ" in str(limitation)


async def test_repaired_list_of_technicians_is_read_again(slack_user: Script) -> None:
    slack_user.on(TECHNICIANS, *NO_SCOPE, lists("technicians", TOM))
    slack_user.on(USERS, lists("users", TOM))
    await slack_user.client.technicians()
    assert await slack_user.client.technicians() == TechnicianList({"tom@example.test": "Tom Ray"})


async def test_all_users_are_read_where_the_search_for_technicians_is_refused(slack_user: Script) -> None:
    slack_user.on(TECHNICIANS, *NO_SCOPE)
    slack_user.on(USERS, refuses(400, 4001, field="search_criteria"))
    slack_user.on(USERS, lists("users", ANN, more=True), lists("users", TOM))
    assert (await slack_user.client.technicians()).names == {"tom@example.test": "Tom Ray"}


@pytest.mark.parametrize(
    "users",
    [
        NO_SCOPE,
        [refuses(403, 4002)] * 2,
        [refuses(404, 4007)] * 2,
        [lists("users", ANN)],
        [lists("users", {"id": "1", "name": "Tom Ray", "email_id": "tom@example.test"})],
        [lists("users")],
    ],
    ids=["no scope", "forbidden", "no such list", "no technician", "not marked", "empty"],
)
async def test_users_that_do_not_help_leave_the_first_refusal(
    slack_user: Script, users: list[Handler]
) -> None:
    """An empty list would lock every technician out."""
    slack_user.on(TECHNICIANS, *NO_SCOPE)
    slack_user.on(USERS, *users)
    with pytest.raises(NotAuthorized, match=r"SDPOnDemand\.technicians\.READ"):
        await slack_user.client.technicians()


@pytest.mark.parametrize(
    ("technicians", "users", "error"),
    [
        ([refuses(429, 4015)], [], Unavailable),
        (NO_SCOPE, [refuses(500, 4004)], Unavailable),
        ([refuses(403, 4002)], [refuses(403, 4002)] * 2, Rejected),
    ],
)
async def test_list_that_cannot_be_read_now_is_an_error(
    slack_user: Script, technicians: list[Any], users: list[Any], error: type[BotError]
) -> None:
    slack_user.on(TECHNICIANS, *technicians)
    slack_user.on(USERS, *users)
    with pytest.raises(error):
        await slack_user.client.technicians()
