"""The table of jobs: which function does the work that was enqueued under a name."""

from collections.abc import Awaitable, Callable, Mapping

from bot.ports import Steps
from bot.services import Services
from bot.workflows.administration import announce, grant_admin
from bot.workflows.connection_made import ask_about_account, greet_connection
from bot.workflows.create_session import create_session
from bot.workflows.deliver_answer import deliver
from bot.workflows.end_session import end_session
from bot.workflows.expiry_reminder import remind
from bot.workflows.home import refresh_home, show_home
from bot.workflows.identify_user import introduce
from bot.workflows.notices import send_notice
from bot.workflows.orphaned_sessions import close_orphan_later
from bot.workflows.post_card import show_card
from bot.workflows.record_duration import measure_session
from bot.workflows.refresh_cards import follow_session, refresh_every_home, refresh_homes_of
from bot.workflows.revoke_connections import disconnect
from bot.workflows.show_request import show_request
from bot.workflows.sweep import sweep
from bot.workflows.unfurl import unfurl

JobFunction = Callable[[Mapping[str, str], Services, Steps], Awaitable[None]]

JOBS: dict[str, JobFunction] = {
    "announce": announce,
    "ask_about_account": ask_about_account,
    "close_orphan": close_orphan_later,
    "create_session": create_session,
    "deliver": deliver,
    "disconnect": disconnect,
    "end_session": end_session,
    "follow_session": follow_session,
    "grant_admin": grant_admin,
    "greet_connection": greet_connection,
    "introduce": introduce,
    "measure_session": measure_session,
    "refresh_every_home": refresh_every_home,
    "refresh_home": refresh_home,
    "refresh_homes_of": refresh_homes_of,
    "remind": remind,
    "send_notice": send_notice,
    "show_card": show_card,
    "show_home": show_home,
    "show_request": show_request,
    "sweep": sweep,
    "unfurl": unfurl,
}
