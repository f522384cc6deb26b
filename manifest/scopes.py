"""The Slack scopes that the app requests, each with its reason."""

SCOPES = {
    "commands": "the slash command and the shortcuts",
    "chat:write": "the cards of sessions, and answers",
    "app_mentions:read": "commands that mention the bot, which work in threads too",
    "im:history": "commands that a person writes to the bot in its own chat",
    "im:write": "messages to one person alone, where private links go",
    "users:read": "who speaks: name, language and time zone, and when an account becomes a guest or is deactivated",
    "users:read.email": "which technician speaks, by the e-mail address; which account is a requester’s, if requesters are invited in chat",
    "channels:read": "whether another organization shares a channel: then cards there have no details; and when the bot is added to a channel",
    "groups:read": "the same for private channels",
    "mpim:read": "the same for group messages",
    "links:read": "seeing links to requests where the app’s domains are posted",
    "links:write": "showing the request under such a link",
}
OPTIONAL_SCOPES = {
    "channels:history": "optional: whether a card is there already, before it is posted again after a crash",
    "groups:history": "optional: the same in private channels",
    "mpim:history": "optional: the same in group messages",
}
"""Scopes that a workspace may refuse. Without them a second card may appear where the outcome of a post is not known."""


def render_scope_table() -> str:
    """Return the table in Markdown, as docs/operating.md shows it."""
    rows = [f"| `{scope}` | {reason} |" for scope, reason in {**SCOPES, **OPTIONAL_SCOPES}.items()]
    return "\n".join(["| scope | what it is for |", "|---|---|", *rows])
