"""The story that the demo page leads through, and the mails that were opened in it."""

from dataclasses import dataclass, field

from sandbox.environment import Environment
from sandbox.mail import Mailbox
from sandbox.slack.model import Json

STEPS = ("sign-in", "create", "mail", "join", "enter")
"""The steps by name, in their order. The page has a text and a button for each."""


@dataclass(slots=True)
class Mails:
    """The mails of everybody, and which of them were opened on the page. A mail's number is its place in the mailbox."""

    mailbox: Mailbox
    opened: set[int] = field(default_factory=set)

    def open_mail(self, number: int) -> None:
        """Mark a mail as opened. Raises LookupError."""
        if not 0 <= number < len(self.mailbox.messages):
            raise LookupError("This mail is gone.")
        self.opened.add(number)

    def list_mails(self, email: str) -> list[Json]:
        """Return the mails to an address, the newest first."""
        return [
            {
                "number": number,
                "subject": mail.subject,
                "sender": mail.sender,
                "to": ", ".join(mail.to),
                "html": mail.html,
                "is_opened": number in self.opened,
            }
            for number, mail in reversed(list(enumerate(self.mailbox.messages)))
            if email.lower() in (to.lower() for to in mail.to)
        ]


def list_steps(environment: Environment, mails: Mails, email: str) -> list[Json]:
    """Return the steps of the technician with this address, and which are done. A step counts as done if a later one is."""
    teamviewer = environment.teamviewer
    sessions = [one for one in teamviewer.sessions.values() if one.owner.email == email]
    done = {
        "sign-in": teamviewer.is_signed_in(email),
        "create": bool(sessions),
        "mail": bool(mails.opened),
        "join": any(one.device for one in sessions),
        "enter": any(one.session.owner.email == email for one in teamviewer.connections),
    }
    last_done = max((place for place, name in enumerate(STEPS) if done[name]), default=-1)
    # An opened mail alone proves nothing about the steps before it: it may belong to a colleague's session.
    if not sessions:
        last_done = 0 if done["sign-in"] else -1
    return [{"name": name, "is_done": place <= last_done} for place, name in enumerate(STEPS)]
