"""Commands out of activities: typed words, pressed buttons, and submitted forms."""

from collections.abc import Mapping
from typing import Any

from adapters.teams.incoming.activity import TeamsActivity
from adapters.teams.render.actions import (
    CHANNEL,
    CHOSEN,
    COLLEAGUE,
    COMMAND,
    DEMAND,
    FORM,
    HERE,
    IN_CHAT,
    INVITE_FORM,
    KIND,
    NOTE,
    NUMBERS,
    OUTAGE_FORM,
    OUTAGE_POST,
    POLICY_FORM,
    POST,
    REQUEST,
)
from adapters.teams.render.plan_form import DAY, PLAN_FORM, TIME
from adapters.teams.render.transfer_form import TRANSFER_FORM, TRANSFER_TO
from bot.admin_command_syntax import ADDRESS
from bot.command_syntax import parse_command
from bot.commands import (
    Command,
    CommandRequest,
    Create,
    Invite,
    MovePlan,
    Place,
    PlanSession,
    ReportOutage,
    ReuseConnection,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    TryRule,
    decode_command,
)
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import OutageId, PlanId, SessionId, email, request_number
from bot.model.sanitize import sanitize
from bot.model.session import Kind
from bot.policy_syntax import FormFields, form_words, read_demand
from bot.request_numbers import LONGEST_LIST, read_request_numbers
from bot.typed_text import LONGEST_NOTE
from bot.typed_times import LONGEST_TIME
from bot.views.policy import DAYS_FIELD, GROUP_FIELD, HOURS_FIELD, LONGEST_FIELD, MOST_FIELD, SITE_FIELD
from bot.words_to_type import HELP


def parse_message(activity: TeamsActivity) -> CommandRequest:
    """Read a message: typed words, or a button of a client that can only send one as a message.

    Raises Misunderstood where the words are no command.
    """
    if is_card_action(activity):
        return parse_card_action(activity)
    return command_request(activity, parse_command(activity.text))


def parse_card_action(activity: TeamsActivity) -> CommandRequest:  # noqa: PLR0911 - one case a form
    """Read a pressed button or a submitted form. Raises Misunderstood."""
    sent = _card_data(activity)
    if FORM in sent:
        return command_request(activity, _form_command(sent))
    if OUTAGE_FORM in sent:
        return command_request(activity, _outage_command(sent))
    if INVITE_FORM in sent:
        return command_request(activity, _invite_command(sent))
    if TRANSFER_FORM in sent:
        return command_request(activity, _transfer_command(sent))
    if PLAN_FORM in sent:
        return command_request(activity, _plan_command(sent))
    if POLICY_FORM in sent:
        return command_request(activity, _policy_command(sent))
    return command_request(activity, _button_command(sent))


def is_card_action(activity: TeamsActivity) -> bool:
    """Whether a card's button or form sent the activity."""
    return bool(
        {COMMAND, FORM, OUTAGE_FORM, INVITE_FORM, PLAN_FORM, POLICY_FORM, TRANSFER_FORM}
        & _card_data(activity).keys()
    )


def submits_form(activity: TeamsActivity) -> bool:
    """Whether a form sent the activity that is done once its command was accepted. The one for a rule is sent again and again."""
    return bool({FORM, OUTAGE_FORM, INVITE_FORM, PLAN_FORM, TRANSFER_FORM} & _card_data(activity).keys())


def read_chosen_channel(activity: TeamsActivity) -> tuple[str, str] | None:
    """Return the team and the channel that were chosen in a submitted form. None if the card stays where the form is."""
    sent = _card_data(activity)
    value = str(sent.get(CHANNEL) or HERE)
    if not {FORM, OUTAGE_FORM} & sent.keys() or value == HERE:
        return None
    team, _space, channel = value.partition(" ")
    return team, channel


def outdates_its_card(command: Command) -> bool:
    """Whether a press makes the page with its button untrue, so that the answer has to replace it."""
    return isinstance(command, SwitchIntegration | SwitchWidget | ReuseConnection)


def read_post(activity: TeamsActivity) -> tuple[SessionId, str] | None:
    """Return the session of the card that sent the activity, and the marker it was posted with.

    None if it is no card of a session, or one that was updated since.
    """
    post = str(_card_data(activity).get(POST) or "")
    session, _dot, marker = post.partition(".")
    is_known = bool(session and marker and activity.reply_to) and not post.startswith(OUTAGE_POST)
    return (SessionId(session), marker) if is_known else None


def read_outage_post(activity: TeamsActivity) -> tuple[OutageId, str] | None:
    """Return the outage of the card that sent the activity, and the marker it was posted with. None as for ``read_post``."""
    post = str(_card_data(activity).get(POST) or "")
    outage, _dot, marker = post.removeprefix(OUTAGE_POST).partition(".")
    is_known = post.startswith(OUTAGE_POST) and bool(outage and marker and activity.reply_to)
    return (OutageId(outage), marker) if is_known else None


def read_mark(activity: TeamsActivity) -> str:
    """Return what the card that sent the activity says of its post (``marked``). Empty where that names no post."""
    is_known = read_post(activity) is not None or read_outage_post(activity) is not None
    return str(_card_data(activity)[POST]) if is_known else ""


def command_request(activity: TeamsActivity, command: Command) -> CommandRequest:
    """Make the request for a command from the activity that asks for it."""
    place = Place(activity.place, activity.is_personal)
    return CommandRequest(activity.key, activity.actor, place, command)


def _card_data(activity: TeamsActivity) -> Mapping[str, Any]:
    """Return what a card sends: each kind of activity carries it in another place."""
    match activity.name:
        case "adaptiveCard/action":
            action = activity.value.get("action")
            sent = action.get("data") if isinstance(action, dict) else None
        case "composeExtension/submitAction":
            sent = activity.value.get("data")
        case _:
            sent = activity.value
    return sent if isinstance(sent, Mapping) else {}


def _button_command(sent: Mapping[str, Any]) -> Command:
    try:
        return decode_command(str(sent.get(COMMAND) or ""))
    except ValueError:
        raise Misunderstood(
            _(
                "This button is too old: the bot no longer knows what it does. Type {words} to see what you can do instead.",
                words=HELP,
            )
        ) from None


def _invite_command(sent: Mapping[str, Any]) -> Command:
    address = sanitize(str(sent.get(COLLEAGUE) or "")).strip()
    if not ADDRESS.fullmatch(address):
        raise Misunderstood(_("“{text}” is not an e-mail address. Nobody was invited.", text=address[:40]))
    return Invite(SessionId(str(sent.get(INVITE_FORM) or "")), email(address))


def _transfer_command(sent: Mapping[str, Any]) -> Command:
    address = sanitize(str(sent.get(TRANSFER_TO) or "")).strip()
    if not ADDRESS.fullmatch(address):
        raise Misunderstood(
            _("“{text}” is not an e-mail address. The session was not offered.", text=address[:40])
        )
    return Transfer(SessionId(str(sent.get(TRANSFER_FORM) or "")), email(address))


def _form_command(sent: Mapping[str, Any]) -> Command:
    number = request_number(str(sent.get(REQUEST) or ""))
    if number is None:
        raise Misunderstood(
            _("Choose a request first: search by its number, by words of its subject, or by its requester.")
        )
    kind, note, in_chat = _form_kind(sent), _form_note(sent), _is_chat_chosen(sent)
    if at := _typed_time(sent):
        return PlanSession(number, at, kind, note, in_chat=in_chat)
    return Create(number, kind, note, in_chat=in_chat)


def _outage_command(sent: Mapping[str, Any]) -> Command:
    chosen = [one for one in sanitize(str(sent.get(CHOSEN) or "")).split(",") if one]
    numbers = read_request_numbers(sanitize(str(sent.get(NUMBERS) or ""))[:LONGEST_LIST], chosen)
    return ReportOutage(numbers, _form_kind(sent), _form_note(sent), in_chat=_is_chat_chosen(sent))


def _form_kind(sent: Mapping[str, Any]) -> Kind:
    return Kind.PILOT if sent.get(KIND) == Kind.PILOT.value else Kind.REMOTE


def _form_note(sent: Mapping[str, Any]) -> str:
    return " ".join(sanitize(str(sent.get(NOTE) or "")).split())[:LONGEST_NOTE]


def _is_chat_chosen(sent: Mapping[str, Any]) -> bool:
    """Whether the switch for the invitation in a chat is on. A form without it leaves that to the settings."""
    return str(sent.get(IN_CHAT, "true")) != "false"


def _typed_time(sent: Mapping[str, Any]) -> str:
    """Return the day and the time of a form as a person would type them. A day without a time is no time, and is refused."""
    day, time = (sanitize(str(sent.get(name) or ""))[:LONGEST_TIME].strip() for name in (DAY, TIME))
    return f"{day} {time}".strip()


def _plan_command(sent: Mapping[str, Any]) -> Command:
    return MovePlan(PlanId(str(sent.get(PLAN_FORM) or "")), _typed_time(sent))


def _policy_command(sent: Mapping[str, Any]) -> Command:
    def typed(name: str) -> str:
        return sanitize(str(sent.get(name) or ""))[:LONGEST_FIELD]

    fields = FormFields(
        read_demand(str(sent.get(DEMAND))),
        most=typed(MOST_FIELD),
        site=typed(SITE_FIELD),
        group=typed(GROUP_FIELD),
        hours=typed(HOURS_FIELD),
        days=typed(DAYS_FIELD),
    )
    return TryRule(form_words(fields))
