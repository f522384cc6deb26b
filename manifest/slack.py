"""Build the Slack app manifest, which an operator pastes at api.slack.com."""

import re
from collections.abc import Sequence
from typing import Any

from bot.command_syntax import usage_hint
from bot.values import value_class
from manifest.addresses import SERVICEDESK_URL, BadManifest, parse_domains, parse_origin
from manifest.brand import COLOR, NAME, SHORT_DESCRIPTION
from manifest.scopes import OPTIONAL_SCOPES, SCOPES

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_left",
    "group_left",
    "link_shared",
    "member_joined_channel",
    "message.im",
    "tokens_revoked",
    "user_change",
)
SHORTCUTS = (
    ("global", "tv_create", "Create a session", "Create a TeamViewer session for a request."),
    ("message", "tv_create_from_message", "Help with TeamViewer", "Create a session from this message."),
)
MAX_UNFURL_DOMAINS = 5
"""Slack's limit for the domains whose links an app unfurls."""
_LONG_DESCRIPTION = (
    "Technicians of a service desk create, enter and end TeamViewer sessions for ServiceDesk Plus requests without "
    "leaving Slack. The requester gets a link, the request gets a note, and a card shows how the session stands."
)
_COMMAND_PATTERN = re.compile(r"/[a-z0-9_-]{1,31}")


@value_class(kw_only=True)
class SlackManifest:
    """The values that differ between registrations at Slack.

    In Socket Mode the manifest has no request URL, but it keeps the OAuth redirect URL: browsers follow that one.
    A workspace that is installed without OAuth needs ``rotates_tokens=False``, so that its bot token does not expire.
    """

    url: str
    servicedesk_urls: Sequence[str]
    command: str
    is_socket_mode: bool = False
    rotates_tokens: bool = True

    def build(self) -> dict[str, Any]:
        """Return the manifest. Raises BadManifest."""
        origin = parse_origin(self.url)
        request_url = None if self.is_socket_mode else f"{origin}/slack/events"
        return {
            "_metadata": {"major_version": 2, "minor_version": 1},
            "display_information": {
                "name": NAME,
                "description": str(SHORT_DESCRIPTION),
                "long_description": _LONG_DESCRIPTION,
                "background_color": COLOR,
            },
            "features": self._features(request_url),
            "oauth_config": {
                "redirect_urls": [f"{origin}/slack/oauth_redirect"],
                # An optional scope is in both lists.
                "scopes": {"bot": [*SCOPES, *OPTIONAL_SCOPES], "bot_optional": list(OPTIONAL_SCOPES)},
            },
            "settings": self._settings(request_url),
        }

    def _features(self, request_url: str | None) -> dict[str, Any]:
        if not _COMMAND_PATTERN.fullmatch(self.command):
            raise BadManifest("--command", "give a slash and a word in small letters, like /tv")
        return {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [
                {
                    "command": self.command,
                    **_drop_none(url=request_url),
                    "description": str(SHORT_DESCRIPTION),
                    "usage_hint": usage_hint(),
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback_id, "description": description}
                for kind, callback_id, name, description in SHORTCUTS
            ],
            "unfurl_domains": _parse_unfurl_domains(self.servicedesk_urls),
        }

    def _settings(self, request_url: str | None) -> dict[str, Any]:
        return {
            "event_subscriptions": {**_drop_none(request_url=request_url), "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **_drop_none(request_url=request_url, message_menu_options_url=request_url),
            },
            "org_deploy_enabled": True,
            "socket_mode_enabled": self.is_socket_mode,
            "token_rotation_enabled": self.rotates_tokens,
            "is_hosted": False,
        }


def _drop_none(**urls: str | None) -> dict[str, str]:
    # Slack rejects a null URL; the field must be absent.
    return {name: url for name, url in urls.items() if url is not None}


def _parse_unfurl_domains(urls: Sequence[str]) -> list[str]:
    domains = parse_domains(urls)
    if len(domains) > MAX_UNFURL_DOMAINS:
        raise BadManifest(SERVICEDESK_URL, f"Slack shows links of {MAX_UNFURL_DOMAINS} domains at most")
    return domains
