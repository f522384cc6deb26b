"""The settings as text: the table in the manual, and the example of a ``.env`` file."""

from textwrap import wrap

from pydantic.fields import FieldInfo

from adapters.settings.errors import PREFIX
from adapters.settings.model import Settings

_WIDTH = 100
_HEAD = """\
# The settings of tvbot, with their defaults. Copy this file to .env, remove the # before what you set,
# and keep it readable for tvbot alone (mode 0600). Secrets may be in files: TVBOT_SLACK_BOT_TOKEN_FILE=/path.
# docs/operating.md says what to register where. `tvbot serve` lists everything that is missing.
"""


def settings_table() -> str:
    """Return the table of settings as the manual shows it, in Markdown."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _shown_default(field)
        shown = "–" if default is None else f"`{default}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def settings_example() -> str:
    """Return an example of a ``.env`` file with every setting, by topic. Every setting is a comment with its default."""
    parts = [_HEAD]
    for topic in reversed(Settings.__bases__[:-1]):
        parts.append(f"\n# --- {(topic.__doc__ or '').strip()}\n")
        for name in topic.__annotations__:
            field = Settings.model_fields[name]
            meaning = wrap(f"{(field.description or '').strip()}", _WIDTH - 2)
            parts += [f"# {line}\n" for line in meaning]
            parts.append(f"#{PREFIX}{name.upper()}={_shown_default(field) or ''}\n")
    return "".join(parts)


def _shown_default(field: FieldInfo) -> str | None:
    """Return the default as it is written in a ``.env`` file. None: there is none."""
    default = field.get_default(call_default_factory=True)
    if default in (None, []):
        return None
    return str(default).lower() if isinstance(default, bool) else str(default)
