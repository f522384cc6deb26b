"""The table of what the app asks of Teams' users, and why. No other permission is asked for, of Teams or of Graph."""

PERMISSIONS = {
    "identity": "who speaks, and by the e-mail address which technician it is",
    "messageTeamMembers": "messages to one person alone, where private links go",
}


def table() -> str:
    """Return the table as the manual shows it, in Markdown."""
    rows = [f"| `{permission}` | {reason} |" for permission, reason in PERMISSIONS.items()]
    return "\n".join(["| permission | what it is for |", "|---|---|", *rows])
