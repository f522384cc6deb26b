"""Every fake of one installation, and the services made of them, for fast tests of the product's rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from support.clock import Clock
from support.fakes.chat import SLACK, TEAMS, FakeChat
from support.fakes.doctor import FakeDoctor
from support.fakes.mailer import FakeMailer
from support.fakes.meter import FakeMeter
from support.fakes.phone_numbers import FakePhoneNumbers
from support.fakes.servicedesk import FakeServiceDesk
from support.fakes.steps import ImmediateSteps
from support.fakes.teamviewer import FakeTeamViewer
from support.fakes.texter import FakeTexter
from support.fakes.tokens import FakeTokens
from support.memory.unit_of_work import MemoryUnitOfWork

from bot.installation import Installation
from bot.model.connection import Connection
from bot.model.ids import Email, OrgId
from bot.model.notice import Channel
from bot.model.session_record import RecordKind
from bot.model.technician import Platform
from bot.ports import TokenSource
from bot.services import Chats, Services
from bot.values import replace


@dataclass
class Fakes:
    """Every fake of one installation."""

    clock: Clock = field(default_factory=Clock)
    unit_of_work: MemoryUnitOfWork = field(default_factory=MemoryUnitOfWork)
    servicedesk: FakeServiceDesk = field(default_factory=FakeServiceDesk)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    texter: FakeTexter = field(default_factory=FakeTexter)
    slack: FakeChat = field(default_factory=lambda: FakeChat(SLACK, "C"))
    teams: FakeChat = field(default_factory=lambda: FakeChat(TEAMS, "19:"))
    tokens: FakeTokens = field(default_factory=FakeTokens)
    doctor: FakeDoctor = field(default_factory=FakeDoctor)
    meter: FakeMeter = field(default_factory=FakeMeter)
    steps: ImmediateSteps = field(default_factory=ImmediateSteps)
    teamviewer: FakeTeamViewer = field(init=False)

    def __post_init__(self) -> None:
        self.teamviewer = FakeTeamViewer(self.clock)


INSTALLATION = Installation(
    org_id=OrgId("itdesk"),
    public_url="https://bot.example",
    language="en",
    retention=timedelta(days=90),
    admins=frozenset({Email("ada@example.com")}),
    admin_channels={},
    sms_channel=Channel.SMS,
    record=RecordKind.NOTE,
    timezone="Europe/Paris",
    creations_per_hour=None,
    tells_requester_in_chat=False,
    report_names=True,
    capabilities={Platform.SLACK: SLACK, Platform.TEAMS: TEAMS},
)


def build_services(
    fakes: Fakes,
    *,
    token_source: Callable[[Connection], TokenSource] | None = None,
    **settings: object,
) -> Services:
    """Return services made of fakes. ``settings`` replace fields of ``INSTALLATION``."""
    chats: Mapping[Platform, FakeChat] = {Platform.SLACK: fakes.slack, Platform.TEAMS: fakes.teams}
    return Services(
        installation=replace(INSTALLATION, **settings),  # type: ignore[arg-type]  # tests name the fields
        clock=fakes.clock,
        unit_of_work=fakes.unit_of_work,
        teamviewer=fakes.teamviewer,
        servicedesk=fakes.servicedesk,
        mailer=fakes.mailer,
        texter=fakes.texter,
        phone_numbers=FakePhoneNumbers(),
        chats=Chats(chats),
        token_source=token_source or (lambda _connection: fakes.tokens),
        doctor=fakes.doctor,
        meter=fakes.meter,
    )
