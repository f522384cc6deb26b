"""The people and requests in the demo."""

from dataclasses import dataclass, field

from sandbox.environment import Environment, Person
from sandbox.teams import Conversation


@dataclass(slots=True)
class DemoScenario:
    """The people, channels and requests that the page shows.

    ``people`` are (person, role), ``channels`` (Slack channel id, description), ``requesters`` (name, e-mail, mobile).
    ``language`` is the one of the page itself.
    """

    people: list[tuple[Person, str]] = field(default_factory=list)
    channels: list[tuple[str, str]] = field(default_factory=list)
    team_channels: list[Conversation] = field(default_factory=list)
    requesters: list[tuple[str, str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    language: str = "en"

    @property
    def admins(self) -> str:
        """The SDAdmins, in the format of the bot's settings."""
        return self.people[0][0].email

    def find_person(self, user: str) -> Person:
        """Return a person by the id of their Slack account. Raises LookupError."""
        found = next((one for one, _role in self.people if one.user == user), None)
        if found is None:
            raise LookupError("nobody here has that account")
        return found


_TOM, _INES = "tom.ray@example.test", "ines.moreau@example.test"
_REQUESTS = [
    ("101", "VPN fails since this morning", "Ann Lee", "Open", _TOM),
    ("102", "New laptop shows a blue screen", "Bruno Costa", "In Progress", _INES),
    ("103", "Printer on floor 3 jams", "Ann Lee", "Open", _TOM),
    ("104", "Access to the payroll share", "Chloé Petit", "Closed", _TOM),
    ("105", "Wi-Fi <weak> in meeting room & lobby", "Chloé Petit", "Open", _INES),
]
"""Number, subject, requester, status and technician. The last subject shows that the bot escapes markup."""
_REQUESTERS = {
    "Ann Lee": ("ann.lee@example.test", "+33612345678"),
    "Bruno Costa": ("bruno.costa@example.test", "+33698765432"),
    "Chloé Petit": ("chloe.petit@example.test", "+33611223344"),
}

_SITES = {"Ann Lee": "Paris", "Bruno Costa": "Lyon", "Chloé Petit": "Paris"}
"""Where each requester's requests belong, for rules about sites."""


_LOCALES = {"en": "en-US", "fr": "fr-FR"}
LANGUAGES = tuple(_LOCALES)


def create_scenario(environment: Environment, language: str | None = None) -> DemoScenario:
    """Add the demo's people and requests to the simulated systems.

    ``language`` is everybody's in both chats, one of ``LANGUAGES``. Without it Inès reads French, and the others English.
    """
    locale = _LOCALES[language or "en"]
    # The demo shows how a card follows a running connection, so the reports must contain it.
    environment.teamviewer.options.running_reported = True
    tom = environment.add_technician("Tom Ray", _TOM, locale=locale, is_admin=True)
    ines = environment.add_technician("Inès Moreau", _INES, locale=_LOCALES[language or "fr"])
    gus = environment.add_chat_user("Gus Weber", "gus.weber@partner.test", locale=locale, is_restricted=True)
    gus.teams.role = "guest"
    ann = environment.add_chat_user("Ann Lee", _REQUESTERS["Ann Lee"][0], locale=locale)
    everybody = [tom.user, ines.user, gus.user]
    helpdesk = environment.slack.add_channel("helpdesk", everybody)
    network = environment.slack.add_channel("network", everybody)
    team = environment.teams.add_team_channel("Service desk", "General", [tom.teams, ines.teams, gus.teams])
    for number, subject, requester, status, technician in _REQUESTS:
        email, mobile = _REQUESTERS[requester]
        environment.servicedesk.add_request(
            number,
            subject,
            requester,
            email,
            mobile=mobile,
            status=status,
            technician=technician,
            site=_SITES[requester],
            group="Service desk",
        )
    return DemoScenario(
        people=[(tom, "SDAdmin"), (ines, "technician"), (gus, "guest"), (ann, "requester")],
        channels=[
            (helpdesk, "The service desk’s channel; tvbot is a member"),
            (network, "Network and printers"),
        ],
        team_channels=[team],
        requesters=[(name, email, mobile) for name, (email, mobile) in _REQUESTERS.items()],
        requests=[number for number, *_rest in _REQUESTS],
        language=language or "en",
    )
