"""Views with the longest and most hostile contents that may get into them, made by the product's own constructors."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta

from support.hostile_values import (
    FLAVOURS,
    JOIN_PAGE,
    MADE,
    NOW,
    NUMBER,
    ORDINARY,
    REPORT_PAGE,
    REQUEST_URL,
    REQUESTER_LINK,
    RULE_CHANNEL,
    SUPPORTER_LINK,
    WEB_CLIENT_LINK,
    HostileValues,
)

from bot.command_row import OPTIONS
from bot.command_syntax import COMMAND_TABLE
from bot.commands import Auth, Command, Create, History, OnPlan, OnSession, OpenForm, PlanVerb, Verb
from bot.i18n import Text, Words, _
from bot.model.audit import START, Action, AuditEntry, AuditRecord
from bot.model.card import Audience
from bot.model.connection import Account, Connection
from bot.model.daily_sums import Figure, Result, session_label
from bot.model.effect import Effect
from bot.model.finding import Finding, Verdict
from bot.model.ids import (
    CommandKey,
    Email,
    OutageId,
    RequestNumber,
    new_session_id,
)
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.notice import Channel, NoticeState
from bot.model.outage import Outage, Refusal
from bot.model.plan import PlanNews, PlanState
from bot.model.policy import (
    MOST_RULES,
    Forbid,
    Hours,
    NumberedRule,
    RequireMail,
    Rule,
    Scope,
    Weekday,
)
from bot.model.report import Report, make_report
from bot.model.request import AssignedRequests
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, Platform, Technician
from bot.model.transfer import TransferNews
from bot.typed_text import LONGEST_NOTE
from bot.values import replace
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.assigned import make_request_rows
from bot.views.findings import findings_message
from bot.views.first_steps import make_first_steps
from bot.views.home import HomePage, RequestRows
from bot.views.limitations import limitation_line
from bot.views.outage import OutageCard, make_outage_card
from bot.views.pages import (
    Choice,
    HelpPage,
    LinkPage,
    Message,
    RequestPanel,
    SessionList,
    StatusPage,
    View,
)
from bot.views.parts import Button, LinkButton, Style, Tone, confirm
from bot.views.pings import arrival_view, decline_view, departure_view
from bot.views.plan import (
    make_plan_card,
    plan_card_for_outsiders,
    plan_message,
    plan_of_line,
)
from bot.views.plan_words import which_plan_message
from bot.views.policy import PolicyPage
from bot.views.ready import ready_view
from bot.views.report import make_report_page
from bot.views.session import end_question, make_session_card, make_session_row
from bot.views.transfer import offered_message, transfer_message
from bot.views.wording import disconnect_button, notify_button
from bot.workflows.replies import problem_view

__all__ = [
    "FLAVOURS",
    "JOIN_PAGE",
    "MADE",
    "NOW",
    "NUMBER",
    "ORDINARY",
    "REPORT_PAGE",
    "REQUESTER_LINK",
    "REQUEST_URL",
    "RULE_CHANNEL",
    "SUPPORTER_LINK",
    "WEB_CLIENT_LINK",
    "HostileViews",
]


@dataclass(frozen=True)
class HostileViews(HostileValues):
    """The views that are made of longest values, all of one flavour."""

    def cards(self) -> Iterator[tuple[str, View]]:
        """The card of every kind in every state, to every audience, with notices in every state."""
        every = itertools.product(State, Kind, Audience, [None, *NoticeState])
        for state, kind, audience, told in every:
            session = self.session(state, kind)
            notices = self.notices(session, told) if told else []
            yield f"card {state} {kind} {audience} {told}", make_session_card(session, notices, audience)
        moving = replace(self.session(State.PRESENT), moving_to=self.name)
        yield "card of a session that changes hands", make_session_card(moving, [], Audience.CREATOR)
        bare = replace(
            self.session(State.WAITING), requester=None, request_url="", subject="", note="", handovers=()
        )
        yield "card of a bare session", make_session_card(bare, [], Audience.SHARED)

    def pages(self, many: int) -> Iterator[tuple[str, View]]:
        """Every other view, with ``many`` of whatever it lists."""
        sessions = [self.session(state) for state in itertools.islice(itertools.cycle(State), many)]
        yield from self._answers(sessions)
        yield from self._admin_pages(many)
        for is_admin in (True, False):
            yield f"status {is_admin=}", self._status(is_admin=is_admin)

    def _answers(self, sessions: list[Session]) -> Iterator[tuple[str, View]]:
        for tone in Tone:
            yield f"message {tone}", self._message(tone)
        enter: list[Command] = [OnSession(Verb.ENTER, one.id) for one in sessions]
        rows = [
            make_session_row(one, buttons=[Button(_("Enter"), command, Style.PRIMARY)])
            for one, command in zip(sessions, enter, strict=True)
        ]
        older = [Button(_("Older"), History(NUMBER, 999_999, self.email, new_session_id()))]
        title = _("Sessions of request #{number}", number=self.fill(250))
        yield "list", SessionList(title, rows, _("There are no sessions."), older)
        yield "empty list", SessionList(title, [], _("There are no sessions."))
        yield (
            "link",
            LinkPage(title, Secret(REQUESTER_LINK), JOIN_PAGE, _("Requester: {name}", name=self.name)),
        )
        yield "choice", Choice(title, [(make_session_row(one), self._end(one)) for one in sessions])
        yield "ready", ready_view(sessions[1])
        yield "arrival", arrival_view(self.session(State.PRESENT), None)
        yield "departure", departure_view(self.session(State.WAITING), None)
        yield "declined", decline_view(self.session(State.WAITING), None)
        for kind in Kind:
            yield f"invitation {kind}", self._invitation(kind)
        yield "problem", problem_view(self.trouble)
        for news, is_connected in itertools.product(TransferNews, (True, False)):
            told = transfer_message(self.transfer, sessions[1], news, is_connected=is_connected)
            yield f"transfer {news} {is_connected}", told
        yield "outage", self.outage(sessions)
        over = [replace(self.session(State.ENDED), number=one.number) for one in sessions]
        yield "outage that is over", self.outage(over)
        for state, mail in itertools.product(PlanState, NoticeState):
            yield f"planned session {state} {mail}", make_plan_card(self.plan(state, mail))
            yield (
                f"planned session for others {state} {mail}",
                plan_card_for_outsiders(self.plan(state, mail)),
            )
        for verb in PlanVerb:
            planned = [self.plan(PlanState.PLANNED)] * 9
            yield (
                f"which planned session to {verb}",
                which_plan_message(planned, OnPlan(verb, NUMBER, "in 2 days")),
            )
        for about in PlanNews:
            plan = self.plan(PlanState.REFUSED)
            yield f"news of a planned session {about}", plan_message(plan, about, by=self.name)
        yield "offered", offered_message(self.transfer, sessions[1])
        yield "panel", self._panel(sessions)
        yield "findings", self._findings()
        summaries = tuple((row.example, row.summary) for row in COMMAND_TABLE.values())
        options = tuple((f"--{name}", summary) for name, summary in OPTIONS.items())
        yield "help", HelpPage(title, summaries, _("Nothing was done."), options)

    def _findings(self) -> Message:
        return findings_message(
            [
                Finding(str(place), self._sentence(40), verdict, self._sentence(300), self._sentence(200))
                for place, verdict in enumerate(itertools.islice(itertools.cycle(Verdict), 40))
            ]
        )

    def _sentence(self, length: int) -> Text:
        return Text("{text}", {"text": self.fill(length)})

    def _message(self, tone: Tone) -> Message:
        text = _(
            "Unknown command “{word}”. Did you mean {words}?",
            word=self.fill(900),
            words=Words(_("create 123")),
        )
        details = [_("Requester: {name}", name=self.name), _("Note: {note}", note=self.fill(500))]
        another = Button(_("Another session"), Create(NUMBER, Kind.PILOT, another=True))
        shown = make_session_card(self.session(State.WAITING), [], Audience.CREATOR)
        return Message(text, tone, details, [*shown.buttons, another])

    def _end(self, session: Session) -> Button:
        return Button(_("End"), OnSession(Verb.END, session.id), Style.DANGER, end_question(session))

    def outage(self, sessions: list[Session]) -> OutageCard:
        """The card of an outage with these sessions, and as many requests that were refused."""
        numbered = [
            replace(one, number=RequestNumber(str(int(NUMBER) - place))) for place, one in enumerate(sessions)
        ]
        refused = [
            Refusal(RequestNumber(str(place)), self.trouble) for place, _session in enumerate(sessions, 1)
        ]
        actor = Actor(Platform.SLACK, "T1", "U1")
        note = self.fill(LONGEST_NOTE)
        outage = Outage(
            OutageId("f" * 32),
            CommandKey("k"),
            actor,
            Email("b@example.test"),
            self.name,
            Kind.PILOT,
            note,
            NOW,
        )
        return make_outage_card(outage, numbered, refused)

    def _panel(self, sessions: list[Session]) -> RequestPanel:
        cards = [
            make_session_card(one, self.notices(one, NoticeState.FAILED), Audience.SHARED)
            for one in (self.session(State.WAITING) for _one in sessions)
        ]
        buttons = [
            Button(_("Remote session"), Create(NUMBER, Kind.REMOTE), Style.PRIMARY),
            Button(_("History"), History(NUMBER)),
        ]
        planned = [plan_of_line(self.plan(PlanState.PLANNED))] * 5
        return RequestPanel(self.request, cards, buttons, planned)

    def homes(self, many: int) -> Iterator[tuple[str, HomePage]]:
        """The home of an SDAdmin with many sessions, of a newcomer, and of somebody who is refused."""
        open_ones = [self.session(state) for state in State if state.is_open for _one in range(many)]
        told = [(one, self.notices(one, NoticeState.FAILED)) for one in open_ones]
        cards = [make_session_card(one, notices, Audience.CREATOR) for one, notices in told[-many:]]
        recent = [make_session_row(self.session(State.ENDED)) for _one in range(many)]
        new = [Button(_("New session"), OpenForm(NUMBER, note=self.fill(100)), Style.PRIMARY)]
        administration = AdminPage(Switches(), problems=self._limitations())
        yield (
            "full home",
            HomePage(
                None,
                self._status(is_admin=True),
                cards,
                recent,
                administration,
                new,
                more=15,
                first_steps=make_first_steps(is_connected=True, has_created=False, is_in_channel=False),
                requests=self._request_rows(open_ones[-1]),
            ),
        )
        yield (
            "home with requests alone",
            HomePage(
                None,
                self._status(is_admin=False),
                buttons=new,
                first_steps=make_first_steps(is_connected=False, has_created=False, is_in_channel=True),
                requests=self._request_rows(open_ones[-1]),
            ),
        )
        yield "empty home", HomePage(None, self._status(is_admin=False), buttons=new)
        yield "refused home", HomePage(_("Requester: {name}", name=self.fill(500)))

    def _request_rows(self, session: Session) -> RequestRows:
        """More requests than are shown, the first with an open session."""
        ids = [NUMBER, *(RequestNumber(f"{place}" * 18) for place in range(1, 9))]
        assigned = AssignedRequests([replace(self.request, number=one) for one in ids], has_more=True)
        problem = _("ServiceDesk Plus refuses it: {reason}", reason=self.fill(200))
        return make_request_rows(assigned, {NUMBER: session}, can_create=True, as_of=NOW, problem=problem)

    def _limitations(self) -> list[Text]:
        """What ServiceDesk Plus refuses, each with a reason as long as the client passes on."""
        reason = _("ServiceDesk Plus refuses it: {reason}", reason=self.fill(200))
        return [limitation_line(KnownLimitation(one, reason, NOW, NOW)) for one in Limitation]

    def _connections(self, many: int) -> list[Connection]:
        used = [None, NOW]
        return [
            Connection(
                f"{place:032x}",
                self.email,
                Account(self.fill(40), self.name, self.email if place % 2 else None),
                NOW,
                used[place % 2],
                is_active=place == 0,
            )
            for place in range(many)
        ]

    def _admin_pages(self, many: int) -> Iterator[tuple[str, View]]:
        on, off = Switches(), Switches(integration=False, widget=False, locations=frozenset())
        text = _("{name} switched the widget on ({place}).", name=self.name, place=Location.HOME.value)
        said = confirm(Effect.CHANGED, changed=text, nothing=text)
        for stand, changed in itertools.product((on, off), (None, said)):
            name = f"switches {stand.integration} {changed is not None}"
            yield name, AdminPage(stand, changed, problems=self._limitations())
        # Real lists hold each address once: what is missing can be told.
        people = [self._address(str(place)) for place in range(many)]
        yield "admins", AdminsPage(people, people)
        yield "no admins", AdminsPage([], [])
        new = LinkButton(_("New account"), Secret("https://tvbot.example.test/oauth?state=" + "s" * 43))
        yield "connections", ConnectionsPage(self._connections(many), new)
        yield "no connections", ConnectionsPage([], new)
        actions = itertools.islice(itertools.cycle(Action), many)
        entries = [AuditEntry(NOW, self.email, action, self.email) for action in actions]
        yield (
            "trail",
            AuditLogPage([AuditRecord.after(place, START, one) for place, one in enumerate(entries, 1)]),
        )
        yield "no trail", AuditLogPage([])
        rules = [NumberedRule(place, self._rule(place)) for place in range(1, min(many, MOST_RULES) + 1)]
        zone = "America/Argentina/ComodRivadavia"
        yield "rules", PolicyPage(rules, zone, said)
        yield "no rules", PolicyPage([], zone)
        opens = LinkButton(_("Open as a page"), Secret(REPORT_PAGE))
        yield (
            "report",
            make_report_page(self._report(many), names=dict.fromkeys(people, self.name), page=opens),
        )
        yield "empty report", make_report_page(self._report(0), names={})

    def _rule(self, place: int) -> Rule:
        """Return a rule that is as long as one may be."""
        names = (self.fill(200).replace('"', ""), self.fill(100).replace('"', ""))
        days = frozenset({Weekday.MON, Weekday.WED, Weekday.SUN})
        unless = Scope(hours=(Hours(time(22), time(6)),), days=days, channels=(RULE_CHANNEL,))
        demands = (Forbid(), RequireMail())
        return Rule(demands[place % 2], Kind.PILOT, Scope(sites=names), unless)

    def _report(self, many: int) -> Report:
        first = NOW.date()
        labels = [f"{channel}/{state}" for channel in Channel for state in NoticeState]
        totals = {figure: dict[str, int]() for figure in Figure} | {
            Figure.SESSIONS: {session_label(kind, result): 10**6 for kind in Kind for result in Result},
            Figure.TECHNICIAN: {self._address(str(place)): 10**6 for place in range(many)},
            Figure.DELIVERY: dict.fromkeys(labels, 10**6),
        }
        return make_report(first, first + timedelta(days=30), {first: {"": many}}, totals)

    def _status(self, *, is_admin: bool) -> StatusPage:
        return StatusPage(
            Technician(self.email, self.name, is_admin=is_admin),
            Switches(integration=is_admin),
            self._connections(1)[0] if is_admin else None,
            10**6,
            [
                Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY),
                notify_button(wants_pings=is_admin),
                disconnect_button(10**6),
            ],
            wants_pings=is_admin,
        )
