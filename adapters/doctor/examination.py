"""One run of the checks: what they share, so that each outside system is asked as little as possible."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from aiohttp import ClientSession
from sqlalchemy.exc import SQLAlchemyError

from adapters.calls import CheckCall, allow_every_call
from adapters.doctor.outcome import SEE_DATABASE, SEE_KEYS, SEE_SETTINGS, CannotTell
from adapters.http import HttpClient, Response, new_http_client
from adapters.settings import Settings
from adapters.slack import webapi
from adapters.teams.transport import connector
from bot import access
from bot.errors import Unavailable
from bot.model.ids import OrgId, RequestNumber
from bot.model.notice import Channel
from bot.model.switches import Switches
from bot.ports import Clock
from bot.values import value_class
from storage.canary import has_canary
from storage.database import Database, DatabaseUnusable
from storage.errors import WrongKeys
from storage.integration_switch import open_integration_switch
from storage.migrate import has_schema, is_schema_current
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

CALL_SECONDS = 10.0
"""Time limit for each phase of a call that a check makes."""
T = TypeVar("T")


@value_class
class Installed:
    """What is examined.

    ``vault`` and ``unit_of_work`` are None without usable keys. ``problems`` are what is missing in the settings.
    ``sms_channel`` is who sends SMS, ``phone_region`` the country of numbers without a country code. ``write_to`` is a
    request to which a note and a reply are written; None writes nothing.
    """

    settings: Settings
    database: Database
    vault: Vault | None
    unit_of_work: SqlUnitOfWork | None
    org_id: OrgId
    clock: Clock
    sms_channel: Channel | None
    phone_region: str | None
    problems: tuple[str, ...] = ()
    write_to: RequestNumber | None = None
    check_call: CheckCall = allow_every_call


class Examination:
    """The clients of one run, and what was found out once for several checks.

    ``http`` is for everything but TeamViewer and ServiceDesk Plus. ``gated_http`` is for these two: it sends nothing while
    the integration is off, or while nobody knows whether it is. ``require_integration_on`` looks the same up by itself.
    """

    def __init__(
        self,
        installed: Installed,
        *,
        http: HttpClient,
        gated_http: HttpClient,
        slack: ClientSession,
        teams: ClientSession,
        require_integration_on: Callable[[], Awaitable[None]],
    ) -> None:
        self.installed = installed
        self.settings = installed.settings
        self.http = http
        self.gated_http = gated_http
        self.slack = slack
        self.teams = teams
        self.require_integration_on = require_integration_on
        self._found: dict[object, asyncio.Task[Any]] = {}
        self._clock_deviations: dict[str, timedelta] = {}

    async def find_once(self, find: Callable[["Examination"], Awaitable[T]]) -> T:
        """Return what ``find`` returns, or raise what it raises. It is called once, for all checks of this run."""
        task = self._found.get(find)
        if task is None:

            async def run() -> T:
                return await find(self)

            task = self._found[find] = asyncio.create_task(run())
        # One check that has no more time must not end the call for the others.
        return cast("T", await asyncio.shield(task))

    async def require_schema(self) -> SqlUnitOfWork:
        """Return the unit of work on a database that has this version's schema, and these keys. Raises CannotTell."""
        unit_of_work = self.installed.unit_of_work
        if unit_of_work is None:
            raise CannotTell(SEE_SETTINGS)
        if not await self.has_current_schema():
            raise CannotTell(SEE_DATABASE)
        if await self.has_wrong_keys():
            raise CannotTell(SEE_KEYS)
        return unit_of_work

    async def has_wrong_keys(self) -> bool:
        """Return whether the keys are known not to be those of the database."""
        return await self.find_once(_has_wrong_keys)

    async def has_current_schema(self) -> bool:
        """Return whether the database can be read and has this version's schema."""
        return await self.find_once(_has_current_schema)

    async def close(self) -> None:
        """Cancel what no check waits for any more."""
        for task in self._found.values():
            task.cancel()
        await asyncio.gather(*self._found.values(), return_exceptions=True)

    def clock_deviation(self) -> timedelta | None:
        """Return how far this machine's clock is behind those of the outside systems. None: none has answered.

        It is the median, so that one outside system with a wrong clock says nothing.
        """
        if not self._clock_deviations:
            return None
        return timedelta(seconds=median(one.total_seconds() for one in self._clock_deviations.values()))

    def note_date(self, response: Response) -> None:
        """Compare the clock of the system that answered with this machine's, by the head ``Date`` (RFC 9110, 6.6.1)."""
        # The public address leads back to this machine, or to one beside it.
        if response.host == urlsplit(self.settings.public_url or "").netloc:
            return
        sent_at = _read_date(response.headers.get("Date", ""))
        if sent_at is not None:
            self._clock_deviations[response.host] = sent_at - self.installed.clock()


def _read_date(header: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None


async def _has_current_schema(examination: Examination) -> bool:
    database = examination.installed.database
    try:
        return await asyncio.to_thread(is_schema_current, database)
    except (SQLAlchemyError, DatabaseUnusable):
        return False


async def _has_wrong_keys(examination: Examination) -> bool:
    installed = examination.installed
    if installed.vault is None or not await examination.has_current_schema():
        return False
    try:
        await has_canary(installed.database, installed.vault, installed.org_id)
    except WrongKeys:
        return True
    except SQLAlchemyError:
        return False
    return False


async def _has_any_schema(examination: Examination) -> bool:
    """Return whether a tvbot has prepared the database. Raises CannotTell if it cannot be read."""
    try:
        return await asyncio.to_thread(has_schema, examination.installed.database)
    except (SQLAlchemyError, DatabaseUnusable):
        raise CannotTell(SEE_DATABASE) from None


@asynccontextmanager
async def begin_examination(installed: Installed) -> AsyncIterator[Examination]:
    """Open the clients of one run, and close them afterwards."""
    async with AsyncExitStack() as stack:
        switch = open_integration_switch(installed.database, installed.org_id)
        stack.push_async_callback(switch.close)

        async def require_on() -> None:
            """Let no call to TeamViewer or ServiceDesk Plus leave while the integration is off. Raises NotAllowed, CannotTell."""
            if not await examination.find_once(_has_any_schema):
                return  # Nobody has switched anything off yet.
            try:
                is_on = await switch.is_on()
            except Unavailable:
                raise CannotTell(SEE_DATABASE) from None
            access.require_integration_on(Switches(integration=is_on))

        http = await stack.enter_async_context(
            new_http_client(timeout=CALL_SECONDS, check_call=installed.check_call)
        )
        gated_http = await stack.enter_async_context(
            new_http_client(timeout=CALL_SECONDS, gate=require_on, check_call=installed.check_call)
        )
        slack = await stack.enter_async_context(webapi.new_session(installed.check_call))
        teams = await stack.enter_async_context(connector.new_http_session(installed.check_call))
        examination = Examination(
            installed,
            http=http,
            gated_http=gated_http,
            slack=slack,
            teams=teams,
            require_integration_on=require_on,
        )
        stack.push_async_callback(examination.close)

        for client in (http, gated_http):
            client.on_response = examination.note_date
        yield examination
