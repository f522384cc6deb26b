"""Slack's events: each enqueues a job, once, however often Slack delivers it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from adapters.dates import parse_unix_time
from adapters.slack.origin import as_object
from bot.coalesced_refreshes import enqueue_refresh_of_home
from bot.i18n import Text, _
from bot.jobs import ShowHome, ShowPreview, WarnAdmins
from bot.model.membership import Membership
from bot.model.pasted_link import PastedLink
from bot.model.technician import Actor, Platform
from bot.services import Services
from bot.use_cases.account_changed import expire_account

Event = Mapping[str, Any]
log = structlog.get_logger("slack")
Receive = Callable[[Event, Event, str], Awaitable[None]]
"""Receives an event, its envelope, and the workspace or organization by whose installation it came."""


class SlackEvents:
    """Looks up what to do by the type of an event. A type that is not in the table is only acknowledged."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._table: dict[str, Receive] = {
            "app_home_opened": self._home_opened,
            "channel_left": self._bot_left,
            "group_left": self._bot_left,
            "link_shared": self._link_shared,
            "member_joined_channel": self._member_joined,
            "user_change": self._user_changed,
        }

    def add_receiver(self, kind: str, receive: Receive) -> None:
        """Register what receives a type of event."""
        self._table[kind] = receive

    async def receive_event(self, body: Event, tenant: str) -> None:
        """Receive one event in its envelope. ``tenant`` is the workspace or organization by whose installation it came."""
        event = body.get("event") or {}
        receive = self._table.get(str(event.get("type") or ""))
        if receive is not None:
            await receive(event, body, tenant)

    async def receive_rate_limit(self, body: Event, workspace: str) -> None:
        """Warn the SDAdmins that Slack drops events of a workspace, once an hour (Slack: ``app_rate_limited``)."""
        minute = parse_unix_time(body.get("minute_rate_limited")) or self._services.clock()
        about = f"slack-events:{workspace}:{minute:%Y%m%d%H}"
        log.warning("slack drops events", workspace=workspace)
        async with self._services.unit_of_work.write() as tx:
            await tx.enqueue(WarnAdmins(about, _too_many_events(workspace).to_json()), key=about)

    async def _home_opened(self, event: Event, body: Event, tenant: str) -> None:
        if event.get("tab", "home") != "home":
            return
        actor = Actor(Platform.SLACK, tenant, str(event.get("user") or ""))
        async with self._services.unit_of_work.write() as tx:
            await tx.enqueue(ShowHome(actor), key=f"home:{body.get('event_id') or ''}")

    async def _user_changed(self, event: Event, body: Event, _tenant: str) -> None:
        """Look at an account again: it may be deactivated, or a guest by now. The event's own copy may come out of order."""
        user = str(as_object(event.get("user")).get("id") or "")
        if user:
            services = self._services
            event_id = str(body.get("event_id") or "")
            await expire_account(
                Platform.SLACK, user, services.unit_of_work, services.clock(), event=event_id
            )

    async def _member_joined(self, event: Event, body: Event, tenant: str) -> None:
        """Store that the bot is in a channel, and refresh the home of the person who invited it. Other members are no news."""
        if str(event.get("user") or "") in _bots(body):
            await self._store_membership(event, body, tenant, is_member=True)

    async def _bot_left(self, event: Event, body: Event, tenant: str) -> None:
        """Store that the bot was removed from a channel: Slack sends ``member_left_channel`` for others alone."""
        await self._store_membership(event, body, tenant, is_member=False)

    async def _store_membership(self, event: Event, body: Event, tenant: str, *, is_member: bool) -> None:
        channel = str(event.get("channel") or "")
        if not channel:
            return
        changed_at = parse_unix_time(body.get("event_time")) or self._services.clock()
        by = str(event.get("inviter") or event.get("actor_id") or "")
        async with self._services.unit_of_work.write() as tx:
            membership = Membership(Platform.SLACK, tenant, channel, is_member)
            if not await tx.memberships.store(membership, changed_at):
                return
            actor = Actor(Platform.SLACK, tenant, by)
            if await tx.homes.has(actor):
                await enqueue_refresh_of_home(actor, tx)

    async def _link_shared(self, event: Event, body: Event, tenant: str) -> None:
        """Preview links to requests, except in a channel that is shared with another organization."""
        if body.get("is_ext_shared_channel"):
            return
        for place, shared in enumerate(event.get("links") or []):
            url = str(shared.get("url") or "")
            request_id = self._services.servicedesk.id_in(url)
            if request_id is None:
                continue
            link = PastedLink(
                url,
                channel=str(event.get("channel") or ""),
                message=str(event.get("message_ts") or ""),
                unfurl_id=str(event.get("unfurl_id") or ""),
                source=str(event.get("source") or ""),
            )
            actor = Actor(Platform.SLACK, tenant, str(event.get("user") or ""))
            async with self._services.unit_of_work.write() as tx:
                job = ShowPreview(actor, request_id, link)
                await tx.enqueue(job, key=f"unfurl:{body.get('event_id')}:{place}")


def _bots(body: Event) -> set[str]:
    """Return the bot's own users in the workspaces that an event is delivered for."""
    named = [as_object(one) for one in body.get("authorizations") or []]
    return {str(one.get("user_id") or "") for one in named if one.get("is_bot")} - {""}


def _too_many_events(workspace: str) -> Text:
    return _(
        "Slack drops events of the workspace {workspace}: there were more than 30,000 in an hour. Until there are fewer, "
        "home tabs and previews of links may be out of date. Commands and buttons work.",
        workspace=workspace,
    )
