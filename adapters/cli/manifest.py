"""``tvbot manifest``: build what registers the app with a chat platform."""

import json
import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer

from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.settings import Settings
from manifest.addresses import BadManifest
from manifest.slack import SlackManifest
from manifest.teams.app import TeamsManifest
from manifest.teams.package import build_package

TEAMS_PACKAGE = Path("tvbot-teams.zip")


def slack_manifest(
    url: str,
    *,
    servicedesk_urls: Sequence[str],
    command: str | None,
    is_socket_mode: bool,
    rotates_tokens: bool,
) -> str:
    """Return the Slack app manifest as JSON. Raises typer.BadParameter for a wrong option."""
    manifest = SlackManifest(
        url=url,
        servicedesk_urls=servicedesk_urls or [DATA_CENTERS["us"].web_url],
        command=command or Settings.model_fields["slack_command"].default,
        is_socket_mode=is_socket_mode,
        rotates_tokens=rotates_tokens,
    )
    return json.dumps(_build_manifest(manifest.build), indent=2, ensure_ascii=False)


def teams_package(
    url: str,
    app_id: str,
    *,
    servicedesk_urls: Sequence[str],
    privacy_url: str | None,
    terms_url: str | None,
    app_version: str | None,
) -> bytes:
    """Return the Teams app package, a zip file. Raises typer.BadParameter for a wrong option."""
    manifest = TeamsManifest(
        url=url,
        app_id=app_id,
        servicedesk_urls=servicedesk_urls or [DATA_CENTERS["us"].web_url],
        version=_release_version() if app_version is None else app_version,
        privacy_url=privacy_url,
        terms_url=terms_url,
    )
    return build_package(_build_manifest(manifest.build))


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


def _build_manifest(build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return build()
    except BadManifest as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None


def _release_version() -> str:
    """Return tvbot's version as Teams takes it: three numbers, without the mark of a pre-release."""
    match = re.match(r"\d+\.\d+\.\d+", version("tvbot"))
    return match[0] if match else "0.0.1"
