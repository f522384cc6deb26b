"""``tvbot manifest``: build what registers the app with a chat platform."""

import json
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from adapters.servicedesk.data_centers import choose_web_urls
from adapters.servicedesk.request_links import RequestLinks
from adapters.settings import Settings, load_settings
from adapters.settings.errors import PREFIX
from manifest.addresses import SERVICEDESK_URL, BadManifest
from manifest.slack import SlackManifest
from manifest.teams.app import TeamsManifest
from manifest.teams.package import build_package

TEAMS_PACKAGE = Path("tvbot-teams.zip")
_WEB_URL = f"{PREFIX}SERVICEDESK_WEB_URL"


def slack_manifest(
    url: str,
    *,
    servicedesk_urls: Sequence[str],
    command: str | None,
    is_socket_mode: bool,
    rotates_tokens: bool,
) -> str:
    """Return the Slack app manifest as JSON. Options that are not given come from the settings.

    Raises typer.BadParameter for a wrong option, and BadSettings.
    """
    settings = load_settings()
    manifest = SlackManifest(
        url=url,
        servicedesk_urls=servicedesk_urls or _web_urls(settings),
        command=command or settings.slack_command,
        is_socket_mode=is_socket_mode,
        rotates_tokens=rotates_tokens,
    )
    built = _build_manifest(manifest.build, urls_are_given=bool(servicedesk_urls))
    _warn_about_unknown_urls(servicedesk_urls, settings)
    return json.dumps(built, indent=2, ensure_ascii=False)


def teams_package(
    url: str,
    app_id: str,
    *,
    servicedesk_urls: Sequence[str],
    privacy_url: str | None,
    terms_url: str | None,
    app_version: str | None,
) -> bytes:
    """Return the Teams app package, a zip file. Addresses that are not given come from the settings.

    Raises typer.BadParameter for a wrong option, and BadSettings.
    """
    settings = load_settings()
    manifest = TeamsManifest(
        url=url,
        app_id=app_id,
        servicedesk_urls=servicedesk_urls or _web_urls(settings),
        version=_release_version() if app_version is None else app_version,
        privacy_url=privacy_url,
        terms_url=terms_url,
    )
    built = _build_manifest(manifest.build, urls_are_given=bool(servicedesk_urls))
    _warn_about_unknown_urls(servicedesk_urls, settings)
    return build_package(built)


def print_or_write(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file. Raises typer.BadParameter if the file cannot be written."""
    if out is None:
        typer.echo(text)
        return
    write_file(f"{text}\n".encode(), out)


def write_file(content: bytes, out: Path) -> None:
    """Write a file. Raises typer.BadParameter if it cannot be written."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(
            f"cannot write {out}: {error.strerror or type(error).__name__}", param_hint="--out"
        ) from None


def _web_urls(settings: Settings) -> Sequence[str]:
    return choose_web_urls(settings.servicedesk_web_url, settings.servicedesk_data_center)


def _build_manifest(build: Callable[[], dict[str, Any]], *, urls_are_given: bool) -> dict[str, Any]:
    try:
        return build()
    except BadManifest as error:
        is_from_settings = error.option == SERVICEDESK_URL and not urls_are_given
        hint = f"{_WEB_URL} or {error.option}" if is_from_settings else error.option
        raise typer.BadParameter(str(error), param_hint=hint) from None


def _warn_about_unknown_urls(given: Sequence[str], settings: Settings) -> None:
    """Warn if the platform will ask the bot about links that it does not recognize with the settings read here."""
    if not RequestLinks(_web_urls(settings)).covers(given):
        origins = ",".join(f"https://{urlsplit(url).netloc}" for url in given)
        typer.echo(
            f"tvbot: the bot recognizes links to these addresses only with {_WEB_URL}={origins}", err=True
        )


def _release_version() -> str:
    """Return tvbot's version as Teams takes it: three numbers, without the mark of a pre-release."""
    match = re.match(r"\d+\.\d+\.\d+", version("tvbot"))
    return match[0] if match else "0.0.1"
