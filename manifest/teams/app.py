"""Build the Teams app manifest."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.i18n import LANGUAGES, Text, _
from bot.values import value_class
from manifest.addresses import BadManifest, parse_domains, parse_https_host, parse_origin
from manifest.brand import COLOR, NAME, SHORT_DESCRIPTION
from manifest.teams.command_lists import build_command_lists
from manifest.teams.message_extension import build_message_extension
from manifest.teams.permissions import PERMISSIONS

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json"
DEVELOPER = "tvbot"
ABOUT_PATH = "/about"
"""The bot's page about itself. It has the sections ``#privacy`` and ``#terms``."""
DEFAULT_LANGUAGE = "en"
_LONG_DESCRIPTION = _(
    "Technicians of a service desk create, enter and end TeamViewer sessions for ServiceDesk Plus requests without "
    "leaving Teams. The requester gets a link, the request gets a note, and a card shows how the session stands. To "
    "begin, write auth to the app: it connects your own TeamViewer account. In a channel or a group chat, mention the "
    "app before the command. Only technicians of ServiceDesk Plus can use it."
)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")


@value_class(kw_only=True)
class TeamsManifest:
    """The values that differ between registrations at Teams. Without page URLs the bot's own /about page is named."""

    url: str
    app_id: str
    servicedesk_urls: Sequence[str]
    version: str
    privacy_url: str | None = None
    terms_url: str | None = None

    def build(self) -> dict[str, Any]:
        """Return the manifest; its texts are ``Text`` values, not yet translated. Raises BadManifest."""
        origin, bot_id = parse_origin(self.url), _parse_guid(self.app_id)
        if not _VERSION.fullmatch(self.version):
            raise BadManifest("--app-version", "give three numbers, like 1.0.1")
        return {
            "$schema": SCHEMA,
            "manifestVersion": "1.29",
            "version": self.version,
            "id": bot_id,  # One id for app and bot: an operator needs to look up only one.
            "localizationInfo": _build_localization_info(),
            "developer": self._build_developer(origin),
            # Not translated: people mention the app by its name.
            "name": {"short": Text(NAME), "full": Text(NAME)},
            "description": {"short": SHORT_DESCRIPTION, "full": _LONG_DESCRIPTION},
            "icons": {"color": "color.png", "outline": "outline.png"},
            "accentColor": COLOR,
            # The schema does not require it, but Teams rejects an upload without it (manifest 1.25 and later, scope "team").
            "supportsChannelFeatures": "tier1",
            "staticTabs": [{"entityId": name, "scopes": ["personal"]} for name in ("conversations", "about")],
            "bots": [_build_bot(bot_id)],
            "composeExtensions": [build_message_extension(bot_id, parse_domains(self.servicedesk_urls))],
            "permissions": list(PERMISSIONS),
            "validDomains": [urlsplit(origin).netloc],
        }

    def _build_developer(self, origin: str) -> dict[str, str]:
        return {
            "name": DEVELOPER,
            "websiteUrl": f"{origin}{ABOUT_PATH}",
            "privacyUrl": _check_page_url("--privacy-url", self.privacy_url)
            or f"{origin}{ABOUT_PATH}#privacy",
            "termsOfUseUrl": _check_page_url("--terms-url", self.terms_url) or f"{origin}{ABOUT_PATH}#terms",
        }


def _build_bot(bot_id: str) -> dict[str, Any]:
    return {
        "botId": bot_id,
        "scopes": ["personal", "team", "groupChat"],
        "isNotificationOnly": False,
        "supportsFiles": False,
        "commandLists": build_command_lists(),
    }


def _build_localization_info() -> dict[str, Any]:
    others = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
    return {
        "defaultLanguageTag": DEFAULT_LANGUAGE,
        "defaultLanguageFile": f"{DEFAULT_LANGUAGE}.json",
        "additionalLanguages": [{"languageTag": tag, "file": f"{tag}.json"} for tag in others],
    }


def _parse_guid(text: str) -> str:
    guid = text.strip().lower()
    if not _GUID.fullmatch(guid):
        raise BadManifest(
            "--app-id",
            "give the Microsoft App ID of the Azure Bot, like 12345678-90ab-cdef-1234-567890abcdef",
        )
    return guid


def _check_page_url(option: str, url: str | None) -> str | None:
    if url is not None and parse_https_host(url.partition("#")[0].partition("?")[0]) is None:
        raise BadManifest(option, "give the https address of a page")
    return url
