"""Send events of the Events API to the bot."""

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.base import SandboxBase
from sandbox.slack.model import Channel, Json
from sandbox.slack.request_delivery import DeliveryResult


class EventActions(SandboxBase):
    """The part of ``SlackSandbox`` that sends events."""

    default_team: str

    async def send_event(
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
        """Let an event happen and send it to the bot. The same ``event_id`` with ``retry`` is a redelivery.

        ``message.im`` (``text``), ``app_home_opened`` (``tab``), ``link_shared`` (``urls``, ``source``),
        ``app_uninstalled`` and ``tokens_revoked`` also change the state. Any other kind is sent with its ``fields``.
        """
        team_id = team or (self.state.users[user].team if user else self.default_team)
        event = self._apply_event(kind, user or "", channel or "", team_id, fields)
        # Only `message.im` has the ts of its message here.
        event.setdefault("event_ts", self.state.new_ts())
        envelope = payloads.build_event_callback(
            self.state, team_id, event, event_id or self.state.new_id("Ev")
        )
        return await self.deliver_and_show(
            user or "", self.delivery.deliver_event(envelope, retry=retry, reason=reason if retry else "")
        )

    async def write_message(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> DeliveryResult | None:
        """Write a message as a user, and send the bot the event that it causes. None if it causes none.

        A message in the user's own chat with the bot causes ``message.im``, one that mentions the bot in a channel that the
        bot is in causes ``app_mention``. Raises LookupError where the user cannot write.
        """
        place = self.find_joined_channel(user, channel)
        if place.is_dm and self.state.messages_tab_is_read_only:
            raise LookupError("Sending messages to this app has been turned off.")
        team, bot = self.state.users[user].team, self.state.bot_of(user)
        sent = payloads.escape_message(self.state, team, text)
        message = self.state.add_message(place, user, sent, thread_ts=thread_ts)
        kind, scope = ("message.im", "im:history") if place.is_dm else ("app_mention", "app_mentions:read")
        is_for_bot = place.is_dm or (f"<@{bot}>" in sent and bot in place.members)
        if not is_for_bot or not self._receives_event(team, kind, scope):
            return None
        event = message.as_json() | {"channel": channel, "event_ts": message.ts, "team": team}
        event |= {"channel_type": "im"} if place.is_dm else {"type": "app_mention"}
        envelope = payloads.build_event_callback(self.state, team, event, self.state.new_id("Ev"))
        return await self.deliver_and_show(user, self.delivery.deliver_event(envelope))

    async def invite_bot(self, by: str, channel: str) -> DeliveryResult | None:
        """Add the bot to a channel, and send the event. None where the app's events or scopes leave it out."""
        place = self.find_joined_channel(by, channel)
        bot = self.state.bot_of(by)
        place.members.add(bot)
        joined = {"user": bot, "channel": channel, "channel_type": "C", "team": place.team, "inviter": by}
        return await self._send_membership("member_joined_channel", by, place, joined)

    async def remove_bot(self, by: str, channel: str) -> DeliveryResult | None:
        """Remove the bot from a channel. Slack sends it no ``member_left_channel``: it is no member then."""
        place = self.find_joined_channel(by, channel)
        place.members.discard(self.state.bot_of(by))
        kind = "group_left" if place.is_private else "channel_left"
        return await self._send_membership(kind, by, place, {"channel": channel, "actor_id": by})

    async def _send_membership(
        self, kind: str, by: str, place: Channel, event: Json
    ) -> DeliveryResult | None:
        self.state.changes.notify()
        scope = "groups:read" if place.is_private else "channels:read"
        if not self._receives_event(place.team, kind, scope):
            return None
        event = {"type": kind, **event, "event_ts": self.state.new_ts()}
        envelope = payloads.build_event_callback(self.state, place.team, event, self.state.new_id("Ev"))
        return await self.deliver_and_show(by, self.delivery.deliver_event(envelope))

    def _receives_event(self, team: str, kind: str, scope: str) -> bool:
        tokens = self.state.tokens.valid_tokens_of(team)
        is_subscribed = self.state.subscribed_events is None or kind in self.state.subscribed_events
        return is_subscribed and any(scope in one.scopes for one in tokens)

    async def change_account(self, user: str, **changes: Any) -> DeliveryResult:
        """Change an account, such as ``deleted=True``, and send the event that says so."""
        for name, value in changes.items():
            setattr(self.state.users[user], name, value)
        self.state.changes.notify()
        return await self.send_event("user_change", user=user)

    async def uninstall_app(self, team: str | None = None) -> list[DeliveryResult]:
        """Remove the app from a workspace: revoke its tokens and send both events, whose order Slack leaves open."""
        return [await self.send_event(kind, team=team) for kind in ("tokens_revoked", "app_uninstalled")]

    def _apply_event(self, kind: str, user: str, channel: str, team: str, fields: Json) -> Json:  # noqa: PLR0911 - one case a kind
        match kind:
            case "message.im":
                return self._post_direct_message(user, fields)
            case "app_home_opened":
                return self._open_home_tab(user, fields)
            case "link_shared":
                return self._share_links(user, channel, **fields)
            case "user_change":
                account = self.state.users[user].as_json(
                    now=self.state.now(), with_email=True, with_locale=True
                )
                return {"type": kind, "user": account, "cache_ts": int(self.state.now()), **fields}
            case "tokens_revoked":
                self.state.tokens.revoke_team_tokens(team)
                revoked = {"oauth": [], "bot": [self.state.teams[team].bot_user]}
                return {"type": kind, "tokens": revoked, **fields}
            case "app_uninstalled":
                self.state.tokens.revoke_team_tokens(team)
                return {"type": kind, **fields}
        context = {"user": user, "channel": channel}
        return {"type": kind, **{name: value for name, value in context.items() if value}, **fields}

    def _post_direct_message(self, user: str, fields: Json) -> Json:
        message = self.state.add_message(self.state.open_dm(user), user, fields.pop("text", ""))
        event_fields = message.as_json() | {
            "channel": message.channel,
            "channel_type": "im",
            "event_ts": message.ts,
        }
        return event_fields | {"team": self.state.users[user].team, **fields}

    def _open_home_tab(self, user: str, fields: Json) -> Json:
        opened: Json = {"user": user, "channel": self.state.open_dm(user).id, "tab": "home", **fields}
        view = self.state.home_tabs.get(user)
        if view is not None and opened["tab"] == "home":
            opened["view"] = view.as_json()
        return {"type": "app_home_opened", **opened}

    def _share_links(
        self,
        user: str,
        channel: str,
        *,
        urls: list[str],
        source: str = "conversations_history",
        **extra_fields: Any,
    ) -> Json:
        """Post a message with links, or with the source ``composer`` only draft it."""
        if source == "composer":
            # Slack sends a link that is still being composed with a fixed channel and an id in the place of the ts.
            event_channel, ts = "COMPOSER", self.state.new_id("Uxn")
            self.state.draft_links[ts] = (channel, " ".join(urls))
            unfurl_id = ts
        else:
            message = self.state.add_message(self.state.channels[channel], user, " ".join(urls))
            event_channel, ts, unfurl_id = channel, message.ts, f"{channel}.{message.ts}"
        members = self.state.channels[channel].members
        return {
            "type": "link_shared",
            "user": user,
            "channel": event_channel,
            "message_ts": ts,
            "unfurl_id": unfurl_id,
            "source": source,
            "links": [{"url": url, "domain": url.split("/")[2]} for url in urls],
            "is_bot_user_member": self.state.bot_of(user) in members,
            "user_locale": self.state.users[user].locale,
            **extra_fields,
        }
