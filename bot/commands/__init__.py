"""Everything a person can ask for, as data: one command for each kind of request, whatever platform it came from.

Each command says whether it ``only_reads``. Such a command runs in a transaction that cannot write: it stores nothing and
enqueues no job, and when a platform delivers it again it reads again.
"""

from bot.codec import TaggedCodec
from bot.commands.administration import (
    AddRule,
    AdminHelp,
    AdminStatus,
    ChangeAdmin,
    ListAdmins,
    OpenPolicyForm,
    RemoveRule,
    RunDoctor,
    ShowAuditLog,
    ShowPolicy,
    ShowReport,
    SwitchIntegration,
    SwitchWidget,
    TryRule,
)
from bot.commands.handovers import (
    AnswerOffer,
    Invite,
    Leave,
    OpenInviteForm,
    OpenTransferForm,
    Transfer,
    Uninvite,
    WithdrawOffer,
)
from bot.commands.limits import LAST_PAGE, MOST_AT_ONCE, MOST_IN_OUTAGE
from bot.commands.on_sessions import (
    Create,
    CreateSeveral,
    DeclineInvitation,
    History,
    ListOpen,
    OnSession,
    OpenForm,
    Retry,
    SendAgain,
    Show,
    ShowCard,
    ShowHome,
    Status,
    Verb,
)
from bot.commands.outages import (
    EndOutage,
    OpenOutageForm,
    ReportOutage,
    ShowOutageCard,
    ShowOutageLinks,
)
from bot.commands.own_account import (
    Auth,
    ConfirmAccount,
    ConnectAccount,
    Hello,
    Help,
    Logout,
    Notify,
    ReuseConnection,
    ShowConnections,
)
from bot.commands.plans import CancelPlan, MovePlan, OnPlan, OpenPlanForm, PlanSession, PlanVerb, StartPlan
from bot.model.ids import CommandKey, EncodedCommand
from bot.model.sanitize import sanitize
from bot.model.secret import Secret
from bot.model.technician import Actor
from bot.values import field_names, replace, value_class

__all__ = [
    "LAST_PAGE",
    "MOST_AT_ONCE",
    "MOST_IN_OUTAGE",
    "AddRule",
    "AdminCommand",
    "AdminHelp",
    "AdminStatus",
    "AnswerOffer",
    "Auth",
    "CancelPlan",
    "ChangeAdmin",
    "Command",
    "CommandRequest",
    "ConfirmAccount",
    "ConnectAccount",
    "Create",
    "CreateSeveral",
    "DeclineInvitation",
    "EndOutage",
    "Hello",
    "Help",
    "History",
    "Invite",
    "Leave",
    "ListAdmins",
    "ListOpen",
    "Logout",
    "MovePlan",
    "Notify",
    "OnPlan",
    "OnSession",
    "OpenForm",
    "OpenInviteForm",
    "OpenOutageForm",
    "OpenPlanForm",
    "OpenPolicyForm",
    "OpenTransferForm",
    "Place",
    "PlanSession",
    "PlanVerb",
    "RemoveRule",
    "ReportOutage",
    "Retry",
    "ReuseConnection",
    "RunDoctor",
    "SendAgain",
    "Show",
    "ShowAuditLog",
    "ShowCard",
    "ShowConnections",
    "ShowHome",
    "ShowOutageCard",
    "ShowOutageLinks",
    "ShowPolicy",
    "ShowReport",
    "StartPlan",
    "Status",
    "SwitchIntegration",
    "SwitchWidget",
    "Transfer",
    "TryRule",
    "Uninvite",
    "Verb",
    "WithdrawOffer",
    "decode_command",
    "encode_command",
    "name_of",
]


AdminCommand = (
    AdminHelp
    | AdminStatus
    | SwitchIntegration
    | SwitchWidget
    | ChangeAdmin
    | ConfirmAccount
    | ShowPolicy
    | OpenPolicyForm
    | TryRule
    | AddRule
    | RemoveRule
    | ListAdmins
    | ShowAuditLog
    | ShowReport
    | RunDoctor
    | ShowConnections
    | ReuseConnection
)


Command = (
    Help
    | Hello
    | Auth
    | ConnectAccount
    | Logout
    | Create
    | CreateSeveral
    | ReportOutage
    | OpenOutageForm
    | ShowOutageLinks
    | ShowOutageCard
    | EndOutage
    | PlanSession
    | OpenPlanForm
    | MovePlan
    | CancelPlan
    | StartPlan
    | OnPlan
    | OpenForm
    | Show
    | OnSession
    | Invite
    | Uninvite
    | Leave
    | OpenInviteForm
    | Transfer
    | OpenTransferForm
    | WithdrawOffer
    | AnswerOffer
    | Retry
    | History
    | ShowCard
    | ShowHome
    | ListOpen
    | Status
    | Notify
    | SendAgain
    | DeclineInvitation
    | AdminCommand
)


@value_class
class Place:
    """Where a command was sent: a channel or, if ``is_private``, one person's conversation with the bot."""

    channel: str
    is_private: bool = False

    @property
    def room(self) -> str:
        """The channel without the thread (Teams appends it: ``…;messageid=…``)."""
        return self.channel.partition(";")[0]


@value_class
class CommandRequest:
    """One command as a platform delivered it.

    ``key`` is the same when the platform delivers it again. ``return_address`` is where a later answer can be sent
    (Slack: the ``response_url``).
    """

    key: CommandKey
    actor: Actor
    place: Place
    command: Command
    return_address: Secret | None = None


_CODEC: TaggedCodec[Command] = TaggedCodec(Command)


def encode_command(command: Command) -> EncodedCommand:
    """Return a command as JSON, for a button to carry or a job to run later. It holds no secret."""
    return EncodedCommand(_CODEC.encode(command))


def decode_command(encoded: str) -> Command:
    """Return the command that ``encode_command`` was given.

    Raises ValueError for anything else: the JSON comes back from people's clients, so it may have been changed.
    """
    return _sanitized(_CODEC.decode(encoded))


def _sanitized(command: Command) -> Command:
    texts = {name: getattr(command, name) for name in field_names(command)}
    changed = {name: sanitize(value) for name, value in texts.items() if type(value) is str}
    return replace(command, **changed)  # type: ignore[arg-type]  # mypy asks for the fields that all commands share


def name_of(command: Command) -> str:
    """Return a short name for a kind of command, for logs and for the ids of buttons."""
    return command.verb.value if isinstance(command, OnSession) else command.tag
