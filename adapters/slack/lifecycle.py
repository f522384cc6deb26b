"""The life cycle of an installation: greet after it, refuse it, and delete it when the app is removed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from adapters.dates import parse_unix_time
from adapters.slack.installations import ManyWorkspaces
from bot.errors import BotError
from bot.model.technician import Actor, Platform
from bot.ports import Chat
from bot.views.parts import Reader
from bot.views.welcome import greeting
from storage.repositories.installations import SlackInstallation

REMOVE_AGAIN_SECONDS = 60.0
"""Pause before tokens that could not be revoked are revoked again."""
log = structlog.get_logger("slack")


class Lifecycle:
    """Handles the events of a removed app and of revoked tokens. Sessions and profiles stay."""

    EVENTS = ("app_uninstalled", "tokens_revoked")
    """Slack sends both after a removal, in any order, and each perhaps more than once."""

    def __init__(self, workspaces: ManyWorkspaces) -> None:
        self._workspaces = workspaces

    async def receive(self, event: Mapping[str, Any], body: Mapping[str, Any], _tenant: str = "") -> None:
        """Delete the installation that an event is about. ``body`` is its envelope.

        An event that is older than the installation changes nothing: Slack may repeat it a day later.
        """
        if not _ends_the_bot(event):
            return
        of_enterprise = _is_of_enterprise(body)
        is_deleted = await self._workspaces.delete_installation(
            enterprise_id=_enterprise(body),
            team_id=None if of_enterprise else body.get("team_id"),
            event_id=str(body.get("event_id") or ""),
            happened_at=parse_unix_time(body.get("event_time")) or datetime.now(UTC),
        )
        if is_deleted:
            log.info("uninstalled", workspace=body.get("team_id"), reason=event.get("type"))


async def remove_untrusted(workspaces: ManyWorkspaces) -> None:
    """Remove the installations that are not trusted. Where Slack does not answer, try until it does."""
    while True:
        try:
            await workspaces.remove_untrusted()
        except BotError as error:
            log.warning("a workspace that is not trusted still has tokens", error=error.log_text)
            await asyncio.sleep(REMOVE_AGAIN_SECONDS)
        else:
            return


async def welcome(chat: Chat, installation: SlackInstallation, language: str) -> None:
    """Greet the person who added the app. A failure is only logged.

    ``language`` is used if their profile cannot be read.
    """
    tenant = installation.team_id or installation.enterprise_id or ""
    actor = Actor(Platform.SLACK, tenant, installation.installed_by)
    try:
        await chat.post_private(actor, greeting(), await _reader(chat, actor, language))
    except BotError as error:
        log.warning("the greeting was not sent", workspace=installation.id, error=error.log_text)


async def _reader(chat: Chat, actor: Actor, language: str) -> Reader:
    try:
        return Reader.of(await chat.profile(actor))
    except BotError:
        return Reader(language)


def _ends_the_bot(event: Mapping[str, Any]) -> bool:
    """Whether the bot's own tokens are revoked, and not only those of a user."""
    if event.get("type") != "tokens_revoked":
        return event.get("type") == "app_uninstalled"
    return bool((event.get("tokens") or {}).get("bot"))


def _is_of_enterprise(body: Mapping[str, Any]) -> bool:
    if body.get("is_enterprise_install") is True or not body.get("team_id"):
        return True
    return any(one.get("is_enterprise_install") for one in body.get("authorizations") or [])


def _enterprise(body: Mapping[str, Any]) -> str | None:
    named = [body.get("enterprise_id")]
    named += [one.get("enterprise_id") for one in body.get("authorizations") or []]
    return next((one for one in named if one), None)
