"""Jobs that show something in a chat and keep it up to date: cards, Homes, previews, answers."""

from typing import ClassVar

from bot.i18n import EncodedText
from bot.jobs.queues import Queue
from bot.model.card import Card
from bot.model.ids import (
    CommandKey,
    Email,
    OutageId,
    RequestId,
    SessionId,
)
from bot.model.pasted_link import PastedLink
from bot.model.technician import Actor, Platform
from bot.values import value_class
from bot.views.parts import Tone


@value_class
class RefreshCards:
    """Enqueue the refresh of every card of a session, and of its creator's homes, each as a job of its own."""

    tag: ClassVar[str] = "refresh_cards"
    queue: ClassVar[Queue] = Queue.LOCAL
    session: SessionId


@value_class
class RefreshAllCards:
    """Enqueue the refresh of the cards of all open sessions, because a switch moved: one batch, then the next.

    ``change`` names the change. ``after`` is the last card of the batch before.
    """

    tag: ClassVar[str] = "refresh_all_cards"
    queue: ClassVar[Queue] = Queue.LOCAL
    change: CommandKey
    after: Card | None = None


@value_class
class RefreshAllHomes:
    """Enqueue the refresh of everybody's opened home, because a switch moved: one batch, then the next.

    ``change`` names the change. ``after`` is the last account of the batch before.
    """

    tag: ClassVar[str] = "refresh_all_homes"
    queue: ClassVar[Queue] = Queue.LOCAL
    change: CommandKey
    after: Actor | None = None


@value_class
class RefreshCard:
    """Bring one card up to date. ``tries`` counts the earlier ones, while the chat was away.

    ``unless_state``: do nothing where the session is still as it was shown (``ShownSession.state``). A card that was
    just posted enqueues this, because a change made before the card was stored did not know of the card.
    """

    tag: ClassVar[str] = "refresh_card"
    queue: ClassVar[Queue] = Queue.CARD
    card: Card
    unless_state: str = ""
    tries: int = 0


@value_class
class PostCard:
    """Post a card of a session where a command was sent.

    ``is_first``: the card of a new session, where its creator asked for it. Any other one answers a command, and replaces
    the earlier cards in that conversation.
    """

    tag: ClassVar[str] = "post_card"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    session: SessionId
    command: CommandKey
    is_first: bool = False
    tries: int = 0


@value_class
class SettlePost:
    """Settle a message with a card that is not stored, and whose place became known by a press or a refresh of it.

    A press tells the ids of the message, and the ``marker`` of the attempt that posted it.
    """

    tag: ClassVar[str] = "settle_post"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    tenant: str
    channel: str
    message: str
    session: SessionId
    marker: str
    tries: int = 0


@value_class
class PostOutage:
    """Post the card of an outage where its command was sent."""

    tag: ClassVar[str] = "post_outage"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    outage: OutageId
    tries: int = 0


@value_class
class RefreshOutage:
    """Bring the card of an outage up to date."""

    tag: ClassVar[str] = "refresh_outage"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    outage: OutageId
    tries: int = 0


@value_class
class SettleOutage:
    """Settle a message with the card of an outage whose place became known by a press, as ``SettlePost`` does."""

    tag: ClassVar[str] = "settle_outage"
    queue: ClassVar[Queue] = Queue.CARD
    platform: Platform
    channel: str
    message: str
    outage: OutageId
    marker: str
    tries: int = 0


@value_class
class SendSupporterLink:
    """Send the creator of a session the way in, unless a card shows it."""

    tag: ClassVar[str] = "send_supporter_link"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    tries: int = 0


@value_class
class TellCardPlace:
    """Tell the sender of a ``create`` where its first card is, because it is elsewhere than they expect or look."""

    tag: ClassVar[str] = "tell_card_place"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    session: SessionId
    command: CommandKey
    tries: int = 0


@value_class
class DeliverAnswer:
    """Deliver the stored answer to a command once more."""

    tag: ClassVar[str] = "deliver_answer"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    command: CommandKey
    tries: int = 0


@value_class
class SendReply:
    """Answer a command with a message that holds no link. ``offers_sign_in``: with a button that connects TeamViewer."""

    tag: ClassVar[str] = "send_reply"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    command: CommandKey
    text: EncodedText
    tone: Tone
    details: tuple[EncodedText, ...] = ()
    is_personal: bool = False
    offers_sign_in: bool = False
    tries: int = 0


@value_class
class ShowHome:
    """Show somebody their home, after finding out who they are. ``as_new_message``: where a home is a message."""

    tag: ClassVar[str] = "show_home"
    queue: ClassVar[Queue] = Queue.ANSWER
    actor: Actor
    as_new_message: bool = False
    tries: int = 0


@value_class
class RefreshHome:
    """Bring one opened home up to date.

    ``requests_older_than``: the age in seconds from which the list of assigned requests is read again before. None: it is
    not read, because so many homes are refreshed at once that ServiceDesk Plus would refuse further calls.
    """

    tag: ClassVar[str] = "refresh_home"
    queue: ClassVar[Queue] = Queue.HOME
    actor: Actor
    tries: int = 0
    requests_older_than: int | None = 600


@value_class
class RefreshHomes:
    """Enqueue the refresh of a technician's opened homes, each as a job of its own."""

    tag: ClassVar[str] = "refresh_homes"
    queue: ClassVar[Queue] = Queue.LOCAL
    technician: Email


@value_class
class ShowPreview:
    """Show a request's panel below a link to it."""

    tag: ClassVar[str] = "show_preview"
    queue: ClassVar[Queue] = Queue.PREVIEW
    actor: Actor
    request: RequestId
    link: PastedLink
    tries: int = 0
