"""Builds the Slack app manifest: everything that Slack is told about the app, in one piece to paste."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.command_syntax import USAGE_HINT
from manifest.addresses import BadManifest, domains, origin
from manifest.brand import COLOR, NAME, WHAT_IT_DOES
from manifest.scopes import SCOPES

EVENTS = ("app_home_opened", "app_uninstalled", "link_shared", "tokens_revoked")
SHORTCUTS = (
    ("global", "tv_create", "Create a session", "Create a TeamViewer session for a request."),
    ("message", "tv_create_from_message", "Help with TeamViewer", "Create a session from this message."),
)
MOST_DOMAINS = 5
"""How many domains Slack lets an app unfurl."""
_AT_LENGTH = (
    "Technicians of a service desk create, enter and end TeamViewer sessions for ServiceDesk Plus requests without "
    "leaving Slack. The requester gets a link, the request gets a note, and a card shows how the session stands."
)
_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackManifest:
    """What differs from one registration to another.

    With Socket Mode Slack calls no URL; the redirect URL stays, because browsers follow it. Without token rotation
    the token that Slack shows stays good, as a single workspace needs that is not installed by OAuth.
    """

    url: str
    servicedesk_urls: Sequence[str]
    command: str
    is_socket_mode: bool = False
    rotates_tokens: bool = True

    def build(self) -> dict[str, Any]:
        """Return the manifest. Raises BadManifest."""
        at = origin(self.url)
        requests = None if self.is_socket_mode else f"{at}/slack/events"
        return {
            "_metadata": {"major_version": 2, "minor_version": 1},
            "display_information": {
                "name": NAME,
                "description": str(WHAT_IT_DOES),
                "long_description": _AT_LENGTH,
                "background_color": COLOR,
            },
            "features": self._features(requests),
            "oauth_config": {
                "redirect_urls": [f"{at}/slack/oauth_redirect"],
                "scopes": {"bot": list(SCOPES)},
            },
            "settings": self._settings(requests),
        }

    def _features(self, requests: str | None) -> dict[str, Any]:
        if not _COMMAND.fullmatch(self.command):
            raise BadManifest("--command", "give a slash and a word in small letters, like /tv")
        return {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [
                {
                    "command": self.command,
                    **_given(url=requests),
                    "description": str(WHAT_IT_DOES),
                    "usage_hint": USAGE_HINT,
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback_id, "description": description}
                for kind, callback_id, name, description in SHORTCUTS
            ],
            "unfurl_domains": _unfurled(self.servicedesk_urls),
        }

    def _settings(self, requests: str | None) -> dict[str, Any]:
        return {
            "event_subscriptions": {**_given(request_url=requests), "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **_given(request_url=requests, message_menu_options_url=requests),
            },
            "org_deploy_enabled": True,
            "socket_mode_enabled": self.is_socket_mode,
            "token_rotation_enabled": self.rotates_tokens,
            "is_hosted": False,
        }


def _given(**urls: str | None) -> dict[str, str]:
    return {name: url for name, url in urls.items() if url is not None}


def _unfurled(urls: Sequence[str]) -> list[str]:
    found = domains(urls)
    if len(found) > MOST_DOMAINS:
        raise BadManifest("--servicedesk-url", f"Slack shows links of {MOST_DOMAINS} domains at most")
    return found
