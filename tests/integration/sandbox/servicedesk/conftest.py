"""The simulated ServiceDesk Plus, and callers with and without a token."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.servicedesk_caller import ANN, Caller, Clock

from sandbox.mail import Mailbox
from sandbox.servicedesk import ServiceDeskSandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def servicedesk(clock: Clock) -> AsyncIterator[ServiceDeskSandbox]:
    servicedesk = ServiceDeskSandbox(mailbox=Mailbox(), now=clock)
    servicedesk.add_technician("Tom Ray", "tom@example.test")
    await servicedesk.start()
    yield servicedesk
    await servicedesk.stop()


@pytest.fixture
async def anonymous_caller(servicedesk: ServiceDeskSandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(servicedesk, http)


@pytest.fixture
async def caller(anonymous_caller: Caller) -> Caller:
    await anonymous_caller.sign_in()
    return anonymous_caller


@pytest.fixture
def request_id(servicedesk: ServiceDeskSandbox) -> str:
    return servicedesk.add_request(
        "101", "VPN fails", "Ann Lee", ANN, mobile="+33612345678", technician="tom@example.test"
    )
