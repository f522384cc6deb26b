"""What registers the app with a chat platform: printed, or written to a file."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.settings import Settings
from manifest.slack import BadManifest, SlackManifest


def slack_manifest(
    url: str,
    *,
    servicedesk_urls: Sequence[str],
    command: str | None,
    is_socket_mode: bool,
    rotates_tokens: bool,
) -> str:
    """Return the Slack app manifest as JSON. Raises typer.BadParameter for what makes none."""
    manifest = SlackManifest(
        url=url,
        servicedesk_urls=servicedesk_urls or [DATA_CENTERS["us"].web_url],
        command=command or Settings.model_fields["slack_command"].default,
        is_socket_mode=is_socket_mode,
        rotates_tokens=rotates_tokens,
    )
    try:
        return json.dumps(manifest.build(), indent=2, ensure_ascii=False)
    except BadManifest as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None


def hand_over(text: str, out: Path | None) -> None:
    """Print the text, or write it to a file. Raises typer.BadParameter where the file cannot be written."""
    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(
            f"cannot write {out}: {error.strerror or type(error).__name__}", param_hint="--out"
        ) from None
