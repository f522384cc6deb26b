"""A report: figures as tables, each row with a bar, for chats and for the page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.i18n import Text, _, labelled
from bot.model.daily_sums import Result
from bot.model.ids import Email
from bot.model.notice import Channel, NoticeState
from bot.model.report import Report
from bot.model.session import Kind
from bot.values import replace, value_class
from bot.views.parts import LinkButton
from bot.views.session import kind_text

_BAR = 12
"""Characters of the longest bar."""
_MOST_TECHNICIANS = 10
"""How many technicians a chat shows. The page shows all of them."""


@value_class
class ReportRow:
    """A row of a table: what is counted, how often, and the length of its bar from 0 to 1."""

    label: Text | str
    amount: int
    share: float

    @property
    def bar(self) -> str:
        """The bar as characters. It repeats the number, so a screen reader misses nothing without it."""
        return "▇" * max(round(self.share * _BAR), 1 if self.amount else 0)


@value_class
class ReportSection:
    """A table with its heading. ``left_out`` counts the rows that this view does not show.

    ``is_over_time``: its rows are days, in their order.
    """

    heading: Text
    rows: Sequence[ReportRow]
    left_out: int = 0
    is_over_time: bool = False


@value_class
class ReportPage:
    """A report. ``page`` opens it in the browser, for its reader alone. None where there is no single reader."""

    title: Text
    facts: Sequence[Text]
    sections: Sequence[ReportSection]
    footer: Text
    page: LinkButton | None = None


def make_report_page(
    report: Report, *, names: Mapping[Email, str] | None, page: LinkButton | None = None
) -> ReportPage:
    """Make the view of a report. ``names`` are those of technicians; None leaves technicians out."""
    sections = [
        _section(_("Results"), [(result_text(one), report.results[one]) for one in Result]),
        _section(_("Kinds"), [(kind_text(kind), report.kinds[kind]) for kind in Kind]),
        replace(
            _section(_("Days"), [(day.isoformat(), amount) for day, amount in report.days]),
            is_over_time=True,
        ),
        _section(
            _("Messages to requesters"), [(delivery_text(*one[:2]), one[2]) for one in report.deliveries]
        ),
    ]
    if names is not None:
        technicians = [(names.get(email, email), amount) for email, amount in report.technicians]
        sections.append(_section(_("Technicians"), technicians))
    return ReportPage(
        title=_("Sessions from {first} to {last}", first=report.first, last=report.last),
        facts=_facts(report),
        sections=[one for one in sections if one.rows],
        footer=_("Days are in UTC. A session counts on the day of its creation, once it is over."),
        page=page,
    )


def shorten_report(view: ReportPage) -> ReportPage:
    """Return a report as a chat shows it: a long list has its first rows only, and days have no limit.

    Days without a session are left out: a quiet month would be a column of zeros.
    """
    shortened = [_shorten_section(one) for one in view.sections]
    return replace(view, sections=[one for one in shortened if one.rows])


def _shorten_section(section: ReportSection) -> ReportSection:
    if section.is_over_time:
        return replace(section, rows=[row for row in section.rows if row.amount])
    if section.heading != _("Technicians"):
        return section
    shown = section.rows[:_MOST_TECHNICIANS]
    return replace(section, rows=shown, left_out=len(section.rows) - len(shown))


def _section(heading: Text, rows: Sequence[tuple[Text | str, int]]) -> ReportSection:
    largest = max((amount for _label, amount in rows), default=0) or 1
    return ReportSection(heading, [ReportRow(label, amount, amount / largest) for label, amount in rows])


def _facts(report: Report) -> Sequence[Text]:
    rated = report.helpful + report.not_helpful
    return [
        _("Sessions: {count}", count=report.sessions),
        _("Nobody joined: {share}", share=_share(report.results[Result.NOBODY], report.opened)),
        _("Median time from creation to connection: {duration}", duration=_duration(report.median_wait)),
        _(
            "Connected time, as TeamViewer reported it: {duration}",
            duration=_duration(report.connected_seconds),
        ),
        _("Requesters who say that it helped: {share}", share=_share(report.helpful, rated)),
    ]


def _share(part: int, whole: int) -> Text | str:
    if not whole:
        return "–"
    return _("{percent}% ({part} of {whole})", percent=round(100 * part / whole), part=part, whole=whole)


def _duration(seconds: int | None) -> timedelta | str:
    return "–" if seconds is None else timedelta(seconds=seconds)


def result_text(result: Result) -> Text:
    """Return the result of a session in words."""
    match result:
        case Result.CONNECTED:
            return _("Connected")
        case Result.JOINED:
            return _("The requester was there, and nobody was seen to connect")
        case Result.NOBODY:
            return _("Nobody joined")
        case Result.FAILED:
            return _("Could not be created")


def delivery_text(channel: Channel, state: NoticeState) -> Text:
    """Return in words how messages were sent, and what came of them."""
    return labelled(_channel_text(channel), _state_text(state))


def _channel_text(channel: Channel) -> Text:  # noqa: PLR0911 - one case a channel
    match channel:
        case Channel.REPLY:
            return _("Reply on the request")
        case Channel.MAIL:
            return _("E-mail by the bot’s mail server")
        case Channel.SMS:
            return _("SMS by the SMS gateway")
        case Channel.TEAMVIEWER_SMS:
            return _("SMS by TeamViewer")
        case Channel.NOTE:
            return _("Note on the request")
        case Channel.CHAT:
            return _("Message in the chat")
        case Channel.SLACK:
            return _("Message in Slack")
        case Channel.TEAMS:
            return _("Message in Microsoft Teams")


def _state_text(state: NoticeState) -> Text:
    match state:
        case NoticeState.PENDING:
            return _("on its way")
        case NoticeState.SENT:
            return _("sent")
        case NoticeState.UNSURE:
            return _("not sure it was sent")
        case NoticeState.FAILED:
            return _("failed")
        case NoticeState.SKIPPED:
            return _("not tried")
