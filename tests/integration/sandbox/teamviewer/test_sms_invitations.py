"""SMS that the simulated TeamViewer sends itself, and what is not known about the real one."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from support.teamviewer_browser import ANN, CALLBACK, PRINTER, Browser

from sandbox.sms import SmsGateway
from sandbox.teamviewer import TeamViewerSandbox

NUMBER = "+33612345678"
INVITATION = {"sms_invite_number": NUMBER}


@pytest.fixture
def phones() -> SmsGateway:
    return SmsGateway()


@pytest.fixture
async def ann(phones: SmsGateway) -> AsyncIterator[Browser]:
    sandbox = TeamViewerSandbox(redirect_uris=[CALLBACK], phones=phones)
    sandbox.add_account(ANN, "Ann Example")
    await sandbox.start()
    async with aiohttp.ClientSession() as http:
        browser = Browser(sandbox, http)
        await browser.sign_in()
        yield browser
    await sandbox.stop()


async def put(ann: Browser, session: dict[str, Any], **fields: str) -> tuple[int, Any]:
    status, body, _ = await ann.call("PUT", f"/sessions/{session['code']}", json=fields)
    return status, body


async def create(ann: Browser, **fields: str) -> dict[str, Any]:
    _, session, _ = await ann.call("POST", "/sessions", json={**PRINTER, **fields})
    assert isinstance(session, dict)
    return session


async def test_update_with_a_number_sends_the_requester_link(ann: Browser, phones: SmsGateway) -> None:
    session = await create(ann)
    assert (await put(ann, session, **INVITATION))[0] == 204
    (sms,) = phones.messages_to(NUMBER)
    assert sms.sender == "teamviewer"
    assert session["end_customer_link"] in sms.text
    assert session["supporter_link"] not in sms.text


async def test_create_with_a_number_sends_the_link_too(ann: Browser, phones: SmsGateway) -> None:
    session = await create(ann, **INVITATION)
    assert session["end_customer_link"] in phones.messages_to(NUMBER)[0].text


async def test_text_is_in_the_language_of_the_call(ann: Browser, phones: SmsGateway) -> None:
    await create(ann, **INVITATION, sms_invite_language="fr")
    assert "vous invite" in phones.messages[0].text


@pytest.mark.parametrize(
    "number", ["0612345678", "33612345678", "+33 6 12 34 56 78", "+0612345678", "Ann", 33612345678]
)
async def test_number_that_is_not_e164_is_refused_and_nothing_is_changed(
    ann: Browser, phones: SmsGateway, number: Any
) -> None:
    session = await create(ann)
    status, refusal = await put(ann, session, sms_invite_number=number, state="closed")
    assert (status, refusal["error"]) == (400, "invalid_request")
    assert refusal["error_description"]
    assert phones.messages == []
    assert ann.sandbox.sessions[session["code"]].state == "open"


async def test_account_without_the_right_sends_no_sms(ann: Browser, phones: SmsGateway) -> None:
    ann.sandbox.options.sms_licensed = False
    session = await create(ann)
    status, refusal = await put(ann, session, **INVITATION)
    assert (status, refusal["error"]) == (400, "invalid_request")
    assert "license" in refusal["error_description"]
    assert phones.messages == []


async def test_language_may_be_unknown(ann: Browser, phones: SmsGateway) -> None:
    ann.sandbox.options.sms_language_known = False
    session = await create(ann)
    assert (await put(ann, session, **INVITATION, sms_invite_language="fr"))[0] == 400
    assert phones.messages == []
    assert (await put(ann, session, **INVITATION))[0] == 204


@pytest.mark.parametrize(("is_sent", "count"), [(True, 2), (False, 1)])
async def test_repeated_update_may_send_a_second_sms(
    ann: Browser, phones: SmsGateway, *, is_sent: bool, count: int
) -> None:
    ann.sandbox.options.repeated_sms_sent = is_sent
    session = await create(ann)
    for _ in range(2):
        assert (await put(ann, session, **INVITATION))[0] == 204
    assert len(phones.messages_to(NUMBER)) == count


async def test_sandbox_without_phones_refuses_to_send(phones: SmsGateway) -> None:
    sandbox = TeamViewerSandbox(redirect_uris=[CALLBACK])
    sandbox.add_account(ANN, "Ann Example")
    await sandbox.start()
    async with aiohttp.ClientSession() as http:
        browser = Browser(sandbox, http)
        await browser.sign_in()
        assert (await put(browser, await create(browser), **INVITATION))[0] == 400
    await sandbox.stop()
    assert phones.messages == []
