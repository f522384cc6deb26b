"""The Teams permissions that the app requests, each with its reason. It requests no Microsoft Graph permission."""

PERMISSIONS = {
    "identity": "who speaks, and by the e-mail address which technician it is",
    "messageTeamMembers": "messages to one person alone, where private links go",
}


def render_permission_table() -> str:
    """Return the table in Markdown, as docs/operating.md shows it."""
    rows = [f"| `{permission}` | {reason} |" for permission, reason in PERMISSIONS.items()]
    return "\n".join(["| permission | what it is for |", "|---|---|", *rows])
