"""What happens in a workspace and is told to the app as an event."""

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.base import SandboxBase
from sandbox.slack.model import Json
from sandbox.slack.request_delivery import DeliveryResult


class EventActions(SandboxBase):
    """Events."""

    default_team: str

    async def event(
        self,
        kind: str,
        *,
        user: str | None = None,
        channel: str | None = None,
        team: str | None = None,
        event_id: str | None = None,
        retry: int = 0,
        reason: str = "http_timeout",
        **fields: Any,
    ) -> DeliveryResult:
        """Let something happen, and tell the app. The same ``event_id`` with ``retry`` is a redelivery.

        ``message.im`` (``text``), ``app_home_opened`` (``tab``), ``link_shared`` (``urls``, ``source``),
        ``app_uninstalled`` and ``tokens_revoked`` happen really; any other kind is sent with its ``fields`` as given.
        """
        team_id = team or (self.world.users[user].team if user else self.default_team)
        event = self._happened(kind, user or "", channel or "", team_id, fields)
        event.setdefault("event_ts", self.world.new_ts())
        envelope = payloads.event_callback(self.world, team_id, event, event_id or self.world.new_id("Ev"))
        return await self.witnessed(
            user or "", self.delivery.event(envelope, retry=retry, reason=reason if retry else "")
        )

    async def uninstall(self, team: str | None = None) -> list[DeliveryResult]:
        """Remove the app from a workspace: its tokens end, and both events come, in no certain order."""
        return [await self.event(kind, team=team) for kind in ("tokens_revoked", "app_uninstalled")]

    def _happened(self, kind: str, user: str, channel: str, team: str, fields: Json) -> Json:
        match kind:
            case "message.im":
                return self._told_the_bot(user, fields)
            case "app_home_opened":
                return self._opened_home(user, fields)
            case "link_shared":
                return self._shared_links(user, channel, **fields)
            case "tokens_revoked":
                self.world.tokens.revoke_team(team)
                revoked = {"oauth": [], "bot": [self.world.teams[team].bot_user]}
                return {"type": kind, "tokens": revoked, **fields}
            case "app_uninstalled":
                self.world.tokens.revoke_team(team)
                return {"type": kind, **fields}
        given = {"user": user, "channel": channel}
        return {"type": kind, **{name: value for name, value in given.items() if value}, **fields}

    def _told_the_bot(self, user: str, fields: Json) -> Json:
        message = self.world.post(self.world.open_dm(user), user, fields.pop("text", ""))
        told = message.as_json() | {"channel": message.channel, "channel_type": "im", "event_ts": message.ts}
        return told | {"team": self.world.users[user].team, **fields}

    def _opened_home(self, user: str, fields: Json) -> Json:
        opened: Json = {"user": user, "channel": self.world.open_dm(user).id, "tab": "home", **fields}
        view = self.world.homes.get(user)
        if view is not None and opened["tab"] == "home":
            opened["view"] = view.as_json()
        return {"type": "app_home_opened", **opened}

    def _shared_links(
        self, user: str, channel: str, *, urls: list[str], source: str = "conversations_history", **more: Any
    ) -> Json:
        """Post links, or (``composer``) write them without sending."""
        if source == "composer":
            place, ts = "COMPOSER", self.world.new_id("Uxn")
            self.world.composing[ts] = (channel, " ".join(urls))
            unfurl_id = ts
        else:
            message = self.world.post(self.world.channels[channel], user, " ".join(urls))
            place, ts, unfurl_id = channel, message.ts, f"{channel}.{message.ts}"
        there = self.world.channels[channel].members
        return {
            "type": "link_shared",
            "user": user,
            "channel": place,
            "message_ts": ts,
            "unfurl_id": unfurl_id,
            "source": source,
            "links": [{"url": url, "domain": url.split("/")[2]} for url in urls],
            "is_bot_user_member": self.world.bot_of(user) in there,
            "user_locale": self.world.users[user].locale,
            **more,
        }
