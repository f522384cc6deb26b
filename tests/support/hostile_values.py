"""Hostile and longest values in sessions, requests, plans and people."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import LANGUAGES, Text, _
from bot.model.handover import Handover
from bot.model.ids import (
    CommandKey,
    Email,
    NoticeId,
    OrgId,
    PlanId,
    RequestId,
    RequestNumber,
    SessionCode,
    SessionId,
    TransferId,
    new_join_token,
    new_session_id,
)
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.plan import Plan, PlanMail, PlanState
from bot.model.request import Request, Requester
from bot.model.sanitize import sanitize
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from bot.model.session_connection import SessionConnection
from bot.model.technician import Actor, Platform
from bot.model.transfer import Party, Transfer
from bot.typed_text import LONGEST_NOTE
from bot.views.chat_invitation import Invitation, make_invitation

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NUMBER = RequestNumber("9" * 18)
REQUEST_URL = "https://sdpondemand.example.test/app/itdesk/ui/requests/123456789012345678/details"
JOIN_PAGE = "https://tvbot.example.test/join/_aB3-_x-9Zq_0123456789AbCd_"
"""A join token may begin and end with an underscore, which is emphasis to Slack."""
RULE_CHANNEL = "C0123456789"
"""A channel of Slack that a rule names. Teams links it."""
REPORT_PAGE = "https://tvbot.example.test/report/" + "s" * 43
REQUESTER_LINK = "https://get.teamviewer.example.test/v15/s12345678"
SUPPORTER_LINK = f"{REQUESTER_LINK}-AbCdEf123456"
WEB_CLIENT_LINK = "https://login.teamviewer.example.test/Connect/IndexByol?sessioncode=s12345678&servicequeuetoken=AbCdEf123456"

FLAVOURS = {
    "markup": "<!channel> <!here|x> <@U0VICTIM> <#C0PLACE|c> <http://evil.test|bank> *b* _i_ ~s~ `c` ",
    "cards": "[x](http://evil.test) <at>Everyone</at> {{DATE(2026-01-01T00:00:00Z)}} **b** _i_ a@evil.test | ",
    "ampersands": "&",
    "brackets": "<>",
    "entities": "&lt;!channel&gt;&amp;",
    "dates": "<!date^0^{date}|x>",
    "emphasis": "*_~`",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "cjk": "漢字かな交じり文",
    "rtl": "שלום\u202eعالم\u200f ",
    "lines": "one\ntwo\n> three\n",
    "braces": "{name}{0}%s\\ ",
}
"""What hostile or merely foreign people write: each is repeated up to the longest that is let in."""
ORDINARY = {
    "words": "VPN fails on the third floor whenever it rains. ",
    "names": "Bartholomew-Maximilian Featherstonehaugh de la Rochefoucauld ",
    "no spaces": "Donaudampfschifffahrtsgesellschaftskapitän",
}
"""Ordinary words that are as long as they may be: for looking at a card, not for its markup."""
MADE = [
    pytest.param(
        (flavour, language),
        id=f"{flavour} in {language}",
        marks=[] if (place + 2 * number) % 4 == 0 else [pytest.mark.long],
    )
    for place, flavour in enumerate(FLAVOURS)
    for number, language in enumerate(LANGUAGES)
]
"""Each flavour in each language. Three of four pairs are tested among the long proofs."""


@dataclass(frozen=True)
class HostileValues:
    """Longest allowed values, all of one flavour, and what of the model is made of them."""

    flavour: str

    def fill(self, length: int) -> str:
        """The flavour, repeated to exactly this length."""
        pattern = (FLAVOURS | ORDINARY)[self.flavour]
        return (pattern * (length // len(pattern) + 1))[:length]

    @property
    def name(self) -> str:
        return self.fill(250)

    @property
    def email(self) -> Email:
        return self._address("")

    def _address(self, beginning: str) -> Email:
        """The longest address: 254 octets, however few signs they make."""
        octets = f"{beginning}{self.fill(241)}".encode()[:241]
        return Email(sanitize(octets.decode(errors="ignore")) + "@example.test")

    @property
    def request(self) -> Request:
        return Request(
            RequestId("1" * 19),
            NUMBER,
            self.fill(250),
            self.fill(100),
            is_closed=False,
            requester=Requester(self.name, self.email, Secret("+33612345678")),
            url=REQUEST_URL,
            technician=self.name,
        )

    def _invitation(self, kind: Kind) -> Invitation:
        session = self.session(State.WAITING, kind)
        notice = Notice(
            NoticeId("n1"), session.id, Recipient.REQUESTER, Channel.SLACK, NoticeState.PENDING, NOW
        )
        invited = Actor(Platform.SLACK, "T1", "U1")
        return make_invitation(
            session, notice, invited=invited, address=Email("ann@example.com"), join_page=JOIN_PAGE
        )

    def session(self, state: State, kind: Kind = Kind.REMOTE) -> Session:
        """A session in a state, with everything in it that one in this state may have."""
        over = state in {State.ENDED, State.EXPIRED}
        is_opened = state not in {State.CREATING, State.FAILED}
        request = self.request
        return Session(
            id=new_session_id(),
            org_id=OrgId("itdesk"),
            number=NUMBER,
            kind=kind,
            technician=self.email,
            technician_name=self.name,
            join_token=new_join_token(),
            created_at=NOW,
            state=state,
            note=self.fill(LONGEST_NOTE),
            request_id=request.id,
            subject=request.subject,
            request_url=request.url,
            requester=request.requester,
            code=SessionCode("s123-456-789-012") if is_opened else None,
            requester_link=Secret(REQUESTER_LINK) if is_opened else None,
            supporter_link=Secret(SUPPORTER_LINK) if is_opened else None,
            web_client_link=Secret(WEB_CLIENT_LINK) if is_opened else None,
            valid_until=NOW + timedelta(hours=24),
            is_online=state is State.PRESENT or over,
            arrived_at=NOW if state in {State.PRESENT, State.CONNECTED} else None,
            # Only the times of connections are private, so a departure has another time.
            left_at=NOW - timedelta(hours=1) if state is State.WAITING else None,
            stayed_seconds=999_999,
            connections=self.connections(state),
            ended_at=NOW if over else None,
            ended_by=self.name if state is State.ENDED else None,
            problem=self.trouble if state in {State.CREATING, State.FAILED} else None,
            handovers=self.handovers(5) if is_opened else (),
        )

    def handovers(self, many: int) -> tuple[Handover, ...]:
        """Handovers between people with the longest names."""
        return (Handover(self.email, self.name, self.name, NOW - timedelta(hours=1)),) * many

    def connections(self, state: State) -> tuple[SessionConnection, ...]:
        """Many connections with feedback, the last one running where the state says so."""
        end = NOW + timedelta(seconds=999_999)
        finished = [SessionConnection(str(one), NOW, end, self.name, 5, self.fill(500)) for one in range(9)]
        running = [SessionConnection("9", NOW, None, self.name)] if state is State.CONNECTED else []
        return (*finished, *running)

    @property
    def transfer(self) -> Transfer:
        """A transfer between people with the longest names."""
        party = Party(self.email, self.name)
        key = CommandKey("k")
        return Transfer(TransferId("f" * 32), SessionId("e" * 32), party, party, party, key, NOW)

    def plan(self, state: PlanState, mail: NoticeState = NoticeState.PENDING) -> Plan:
        """A planned session with the longest texts."""
        return Plan(
            PlanId("f" * 32),
            OrgId("itdesk"),
            NUMBER,
            Kind.PILOT,
            self.email,
            self.name,
            CommandKey("k"),
            Actor(Platform.SLACK, "T1", "U1"),
            NOW,
            "America/Argentina/ComodRivadavia",
            NOW,
            note=sanitize(self.fill(500)),
            subject=self.fill(250),
            requester_name=self.name,
            state=state,
            problem=self.trouble if state is PlanState.REFUSED else None,
            changed_by=self.name,
            mail=PlanMail(mail, problem=self.trouble),
        )

    @property
    def trouble(self) -> Text:
        """An outside system's own words, in a sentence in a sentence."""
        return _(
            "{why} The bot is trying again.", why=_("{why} The bot is trying again.", why=self.fill(500))
        )

    def notices(self, session: Session, state: NoticeState) -> list[Notice]:
        """A notice to everybody by every way, each in this state."""
        why = self.trouble if state in {NoticeState.FAILED, NoticeState.SKIPPED} else None
        return [
            Notice(NoticeId(f"{place:016x}"), session.id, to, way, state, NOW, problem=why)
            for place, (to, way) in enumerate(itertools.product(Recipient, Channel))
        ]
