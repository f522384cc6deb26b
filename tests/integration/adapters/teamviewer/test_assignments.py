"""The TeamViewer client assigns a session to another account, and reads whom it is assigned to."""

import pytest
from support.teamviewer_script import CODE, SESSION, FakeTokens, Script, refuses, says

from bot.errors import Rejected, Unavailable

ONE = f"/sessions/{CODE}"


async def test_session_is_read_with_its_links_and_its_account(tv: Script) -> None:
    tv.on(f"GET {ONE}", says(200, SESSION | {"state": "Open", "assigned_userid": "u2"}))
    found = await tv.client.assigned_session(FakeTokens(), CODE)
    assert found is not None
    assert (found.user_id, found.is_open) == ("u2", True)
    assert found.remote.code == CODE
    assert found.remote.supporter_link


@pytest.mark.parametrize("name", ["not_found", "invalid_request"])
async def test_session_that_the_account_may_not_read_is_none(tv: Script, name: str) -> None:
    tv.on(f"GET {ONE}", refuses(404 if name == "not_found" else 400, name))
    assert await tv.client.assigned_session(FakeTokens(), CODE) is None


async def test_session_is_assigned_by_its_field_alone(tv: Script) -> None:
    tv.on(f"PUT {ONE}", says(204))
    await tv.client.assign_session(FakeTokens(), CODE, "u2")
    (asked,) = tv.asked[f"PUT {ONE}"]
    assert asked.json == {"assigned_userid": "u2"}


async def test_refused_assignment_is_an_error_and_an_outage_another(tv: Script) -> None:
    tv.on(f"PUT {ONE}", refuses(400, "invalid_request"), refuses(500, "internal_error"))
    with pytest.raises(Rejected):
        await tv.client.assign_session(FakeTokens(), CODE, "u2")
    with pytest.raises(Unavailable):
        await tv.client.assign_session(FakeTokens(), CODE, "u2")
