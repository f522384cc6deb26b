"""The scopes of the bot's authorization at Zoho, each with the reason for it."""

SCOPES = {
    "SDPOnDemand.requests.READ": "requests, and whether a reply or a note is there already",
    "SDPOnDemand.requests.CREATE": "the mail to the requester as a reply on the request, notes and worklogs",
    "SDPOnDemand.requests.UPDATE": (
        "correcting the note and the worklog about a session when TeamViewer reports more about it"
    ),
    "SDPOnDemand.technicians.READ": "who is a technician",
    "SDPOnDemand.users.READ": (
        "only in place of the scope above: if the list of technicians is refused, the list of users says who is one"
    ),
}


def render_scope_table() -> str:
    """Return the scopes as the Markdown table of the operator's manual."""
    rows = [f"| `{scope}` | {reason} |" for scope, reason in SCOPES.items()]
    return "\n".join(["| scope | what it is for |", "|---|---|", *rows])
