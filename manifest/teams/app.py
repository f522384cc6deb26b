"""Builds the Teams app manifest: what the app is, where it listens, what it offers and what it asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.i18n import LANGUAGES, Text, _
from manifest.addresses import BadManifest, domains, https_host, origin
from manifest.brand import COLOR, NAME, WHAT_IT_DOES
from manifest.teams.extension import message_extension
from manifest.teams.menus import command_lists
from manifest.teams.permissions import PERMISSIONS

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json"
DEVELOPER = "tvbot"
ABOUT = "/about"
"""The bot's own page about itself, with what it keeps under ``#privacy`` and the terms under ``#terms``."""
DEFAULT_LANGUAGE = "en"
_AT_LENGTH = _(
    "Technicians of a service desk create, enter and end TeamViewer sessions for ServiceDesk Plus requests without "
    "leaving Teams. The requester gets a link, the request gets a note, and a card shows how the session stands. To "
    "begin, write auth to the app: it connects your own TeamViewer account. In a channel or a group chat, mention the "
    "app before the word. Only technicians of ServiceDesk Plus can use it."
)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsManifest:
    """What differs from one registration to another. The pages are the bot's own where none are given."""

    url: str
    app_id: str
    servicedesk_urls: Sequence[str]
    version: str
    privacy_url: str | None = None
    terms_url: str | None = None

    def build(self) -> dict[str, Any]:
        """Return the manifest, its sentences not yet said. Raises BadManifest."""
        at, bot_id = origin(self.url), _guid(self.app_id)
        if not _VERSION.fullmatch(self.version):
            raise BadManifest("--app-version", "give three numbers, like 1.0.1")
        return {
            "$schema": SCHEMA,
            "manifestVersion": "1.29",
            "version": self.version,
            "id": bot_id,  # the app is its bot: whoever knows the one knows the other
            "localizationInfo": _languages(),
            "developer": self._developer(at),
            # A name is the same in every language: people mention the app by it.
            "name": {"short": Text(NAME), "full": Text(NAME)},
            "description": {"short": WHAT_IT_DOES, "full": _AT_LENGTH},
            "icons": {"color": "color.png", "outline": "outline.png"},
            "accentColor": COLOR,
            # Teams refuses an upload without it, from version 1.25 on where there is the scope team; the schema does not.
            "supportsChannelFeatures": "tier1",
            "staticTabs": [{"entityId": name, "scopes": ["personal"]} for name in ("conversations", "about")],
            "bots": [_bot(bot_id)],
            "composeExtensions": [message_extension(bot_id, domains(self.servicedesk_urls))],
            "permissions": list(PERMISSIONS),
            "validDomains": [urlsplit(at).netloc],
        }

    def _developer(self, at: str) -> dict[str, str]:
        return {
            "name": DEVELOPER,
            "websiteUrl": f"{at}{ABOUT}",
            "privacyUrl": _page("--privacy-url", self.privacy_url) or f"{at}{ABOUT}#privacy",
            "termsOfUseUrl": _page("--terms-url", self.terms_url) or f"{at}{ABOUT}#terms",
        }


def _bot(bot_id: str) -> dict[str, Any]:
    return {
        "botId": bot_id,
        "scopes": ["personal", "team", "groupChat"],
        "isNotificationOnly": False,
        "supportsFiles": False,
        "commandLists": command_lists(),
    }


def _languages() -> dict[str, Any]:
    others = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
    return {
        "defaultLanguageTag": DEFAULT_LANGUAGE,
        "defaultLanguageFile": f"{DEFAULT_LANGUAGE}.json",
        "additionalLanguages": [{"languageTag": tag, "file": f"{tag}.json"} for tag in others],
    }


def _guid(text: str) -> str:
    guid = text.strip().lower()
    if not _GUID.fullmatch(guid):
        raise BadManifest(
            "--app-id",
            "give the Microsoft App ID of the Azure Bot, like 12345678-90ab-cdef-1234-567890abcdef",
        )
    return guid


def _page(option: str, url: str | None) -> str | None:
    if url is not None and https_host(url.partition("#")[0].partition("?")[0]) is None:
        raise BadManifest(option, "give the https address of a page")
    return url
