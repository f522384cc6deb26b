"""How to add a chat platform: here Zoom."""

from guides.tree import Edit, Guide, Step

_CHAT = '''"""Zoom as a chat."""

from collections.abc import Sequence
from datetime import datetime

from bot.i18n import ChannelRef
from bot.model.card import Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Profile
from bot.ports import ChatCapabilities, Posted, ReturnAddress
from bot.views.chat_invitation import Invitation
from bot.views.home import HomePage
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard


class ZoomChat:
    """The ``Chat`` of a Zoom account."""

    @property
    def capabilities(self) -> ChatCapabilities:
        return ChatCapabilities(
            keeps_answers=True,
            personalizes_shared_cards=False,
            has_home_tab=False,
            opens_forms_in_answers=True,
        )

    def is_channel(self, channel: str) -> bool:
        return channel.startswith("zoom:")

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:
        return False

    def needs_card_place(self, to: ReturnAddress) -> bool:
        return False

    def name_place(self, to: ReturnAddress) -> ChannelRef:
        return ChannelRef(to.channel)

    async def link_to(self, card: Card) -> Secret | None:
        return None

    async def tenants_of(self, channel: str) -> Sequence[str]:
        return [channel]

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        return False

    async def profile(self, actor: Actor) -> Profile:
        return Profile(actor, actor.user, None)

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        return []

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        return None

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        return Posted(actor.user, "")

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        return None

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        return None

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        return False

    async def publish_home(
        self, actor: Actor, home: HomePage, reader: Reader, *, as_new_message: bool = False
    ) -> None: ...

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None: ...

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        return False

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | Message, reader: Reader
    ) -> bool:
        return False

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None: ...

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:
        return ""

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None: ...
'''
_PLATFORM = '''"""Zoom as a whole."""

from collections.abc import Mapping

from aiohttp import web

from adapters.chat_platform import HealthCheck
from adapters.zoom.chat import ZoomChat
from bot.services import Services


class Zoom:
    """The parts of Zoom."""

    def __init__(self) -> None:
        self.chat = ZoomChat()

    async def add_routes(self, app: web.Application, services: Services) -> None: ...

    async def stop(self) -> None: ...

    def health_checks(self) -> Mapping[str, HealthCheck]:
        return {}
'''
PLATFORM = Guide(
    "A new chat platform",
    (
        Step(
            "the platform",
            (Edit("bot/model/technician.py", '    ZOOM = "zoom"\n', after='    TEAMS = "teams"\n'),),
            "mypy",
            "ZOOM",
        ),
        Step(
            "the channel of a notice",
            (
                Edit("bot/model/notice.py", '    ZOOM = "zoom"\n', after='    TEAMS = "teams"\n'),
                Edit(
                    "bot/model/notice.py",
                    "            case Channel.ZOOM:\n                return True\n",
                    before="            case Channel.REPLY | Channel.MAIL",
                ),
                Edit(
                    "bot/model/chat_invitation.py",
                    "        case Platform.ZOOM:\n            return Channel.ZOOM\n",
                    before="        case Platform.TEAMS:\n",
                ),
                Edit(
                    "bot/views/report.py",
                    '        case Channel.ZOOM:\n            return _("Message in the chat")\n',
                    before="        case Channel.TEAMS:\n",
                ),
                Edit(
                    "bot/workflows/notices.py",
                    """            case Channel.ZOOM:
                return None
""",
                    before="            case Channel.SMS | Channel.TEAMVIEWER_SMS:\n                return self._sms.skip_reason",
                ),
                Edit(
                    "bot/workflows/notices.py",
                    """            case Channel.ZOOM:
                return notice.state
""",
                    before="            case Channel.SMS | Channel.TEAMVIEWER_SMS:\n                return await self._sms.send",
                ),
            ),
            "mypy",
            "chat_invitation",
        ),
        Step(
            "its package",
            (
                Edit("adapters/zoom/__init__.py", '"""Zoom."""\n'),
                Edit("adapters/zoom/chat.py", _CHAT),
                Edit("adapters/zoom/platform.py", _PLATFORM),
            ),
            "mypy",
            "adapters.zoom",
        ),
        Step(
            "its place in the bootstrap",
            (
                Edit(
                    "adapters/bootstrap.py",
                    """            case Platform.ZOOM:
                return Zoom()
""",
                    before="            case Platform.TEAMS:\n",
                ),
                Edit(
                    "adapters/bootstrap.py",
                    "from adapters.zoom.platform import Zoom\n",
                    before="from bot import access\n",
                ),
            ),
            "mypy",
            "ZOOM",
        ),
        Step(
            "its place in the import contracts",
            (
                Edit(
                    "pyproject.toml",
                    """[[tool.importlinter.contracts]]
name = "Zoom stays in its folder"
type = "independence"
modules = ["adapters.zoom", "adapters.teams", "adapters.slack"]

""",
                    before='[[tool.importlinter.contracts]]\nname = "The store knows the core alone"\n',
                ),
            ),
            "tests/unit/test_adapters_are_complete.py",
            "adapters.zoom",
        ),
        Step(
            "its simulated counterpart",
            (Edit("sandbox/zoom/__init__.py", '"""A simulated Zoom."""\n'),),
            "tests/unit/test_adapters_are_complete.py",
            "sandbox/ has no zoom",
        ),
    ),
)
