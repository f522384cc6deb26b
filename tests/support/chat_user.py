"""One interface for a technician in Slack and a technician in Teams, for stories that are the same in both."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from support.slack_user import SlackUser, until

from sandbox.environment import Environment, Person


class ChatUser(Protocol):
    """A technician in a channel with the bot. ``by`` names another person; without it, the technician acts or reads."""

    @property
    def slack_user(self) -> SlackUser:
        """Where requests and TeamViewer's sessions come from, in both chats."""

    @property
    def environment(self) -> Environment:
        """The simulated outside systems."""

    @property
    def technician(self) -> Person:
        """The technician."""

    def new_technician(self) -> Person:
        """Add another technician to the channel."""

    def new_colleague(self) -> Person:
        """Add somebody who is no technician to the channel."""

    def new_guest(self) -> Person:
        """Add a guest of the organization to the channel. The account has the technician's e-mail address."""

    def new_twin(self) -> Person:
        """Add a full account of the organization to the channel. It has the technician's e-mail address."""

    def become_guest(self) -> None:
        """Make the technician's account a guest. The platform sends no event."""

    def new_outsider(self) -> Person:
        """Add an account of another organization to the channel. It has the technician's e-mail address."""

    @property
    def channel(self) -> str:
        """The id of the channel."""

    def in_new_channel(self, name: str, *, bot_is_member: bool = True) -> "ChatUser":
        """Return the same technician in another channel, which is new."""

    def share_channel(self) -> None:
        """Share the channel with another organization."""

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        """Connect a TeamViewer account: by default the person's own."""

    async def type(self, words: str, *, by: Person | None = None, mentioning: Person | None = None) -> None:
        """Type a command in the channel. ``{}`` in the words is the person who is mentioned."""

    @property
    def ready_text(self) -> str:
        """What the creator reads when the session is ready: a message in Slack, the card in Teams."""

    async def type_repeatedly(self, words: str, *, times: int) -> None:
        """Deliver one command this often. Slack gets the same answer each time."""

    def count_cards(self, number: str) -> int:
        """Return how many messages in the channel show a card about a request."""

    def misplaced_cards(self, number: str) -> list[Any]:
        """Return the cards about a request that are not in its command's thread (Teams), or that are in one (Slack)."""

    async def ask(self, words: str, answer: str, *, by: Person | None = None) -> None:
        """Type a command, and assert that its answer says this.

        Slack: in the response to the command itself, or later if the sender is looked up again first.
        """

    async def reads(self, words: str, *, by: Person | None = None) -> None:
        """Wait until a person sees these words."""

    def seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees now."""

    def ever_seen(self, by: Person | None = None) -> str:
        """Return everything that a person sees now or could see before."""

    def card(self, number: str, saying: str = "") -> Any:
        """Return the newest card in the channel about a request that says this, or None."""

    def text(self, message: Any) -> str:
        """Return what is written on a message, as the technician sees it."""

    def labels(self, message: Any, *, by: Person | None = None) -> list[str]:
        """Return the labels of the buttons on a message, as a person sees it."""

    def bot_messages(self) -> list[str]:
        """Return the texts of the bot's messages in the channel, as the technician sees them now, the oldest first."""

    def pings(self, saying: str) -> list[Any]:
        """Return the messages in the channel, oldest first, that mention the technician and say this."""

    def thread_of(self, message: Any) -> str:
        """Return the id of the first message of the thread that a message belongs to."""

    def channel_text(self) -> str:
        """Return what everybody in the channel sees, or could see before."""

    def newest_with(self, label: str) -> Any:
        """Return the newest message that the technician sees with this button, or None."""

    async def press(self, message: Any, label: str, *, by: Person | None = None) -> None:
        """Press the button with this label, and confirm where the chat asks."""

    async def press_expecting(self, message: Any, label: str, answer: str) -> None:
        """Press a button, and wait until its presser reads this."""

    async def create(self, words: str = "create", subject: str = "VPN fails") -> tuple[str, Any]:
        """Create a session for a new request. Return the number and TeamViewer's session, once it is recorded."""

    async def show(self, number: str, *, by: Person | None = None) -> list[Any]:
        """Show a request with its sessions. Return the messages that this makes."""

    def link_buttons(self, message: Any) -> list[str]:
        """Return the addresses that the buttons on a message open."""

    def private_text(self) -> str:
        """Return what the bot showed to the technician alone."""

    def is_final(self, card: Any) -> bool:
        """Return whether the card no longer acts on an open session, and no client asks for a newer version."""

    async def enter_link(self, number: str) -> str:
        """Return the address that Enter leads the session's creator to."""

    async def open_home(self) -> None:
        """Open the home (Slack) or the overview (Teams), and wait for it."""

    def home(self) -> str:
        """Return what is written in the home, addresses included."""

    def home_commands(self) -> list[str]:
        """Return the encoded commands of the buttons in the home."""

    def home_message(self) -> Any:
        """Return the opened home, to press a button on it."""

    def own_chat(self, saying: str) -> list[Any]:
        """Return the messages in the technician's own chat with the bot that say this, oldest first."""

    async def fill_form(self, found_by: str, number: str, **inputs: str) -> None:
        """Open the form with bare ``create``, find the request in it, and send it."""

    async def paste_link(self, url: str) -> None:
        """Paste a link in the channel."""

    def preview_of(self, url: str) -> str:
        """Return what is written on the preview of a pasted link. Empty if there is none."""

    async def open_form_on_message(self, text: str) -> str:
        """Open the form from the menu of a message with this text: Slack's shortcut, Teams' message action.

        Return what is written in the form.
        """


async def create_session(user: ChatUser, words: str, subject: str) -> tuple[str, Any]:
    """Create a session for a new request. Return the number and TeamViewer's session, once it is recorded."""
    number = user.slack_user.new_request(subject)
    await user.type(f"{words} {number}")
    await until(lambda: user.card(number, "Waiting for") and user.environment.servicedesk.notes(number))
    return number, user.slack_user.sessions(number)[0]


async def expect_answer(
    user: ChatUser, answer: str, attempt: Callable[[], Awaitable[None]], *, by: Person | None = None
) -> None:
    """Make an attempt, and wait until the person reads this once more than before."""
    before = user.seen(by).count(answer)
    await attempt()
    await until(lambda: user.seen(by).count(answer) > before)
