"""The table of jobs: which function does the work that was enqueued under a name."""

from collections.abc import Awaitable, Callable, Mapping

from bot.jobs.administration import announce, grant_admin
from bot.jobs.connection import ask_about_account, greet_connection
from bot.jobs.create_session import create_session
from bot.jobs.deliver import deliver
from bot.jobs.end_session import end_session
from bot.jobs.follow import follow_session, refresh_every_home, refresh_homes_of
from bot.jobs.home import refresh_home, show_home
from bot.jobs.introduce import introduce
from bot.jobs.measure import measure_session
from bot.jobs.notices import send_notice
from bot.jobs.orphans import close_orphan_later
from bot.jobs.place_card import show_card
from bot.jobs.remind import remind
from bot.jobs.revoke import disconnect
from bot.jobs.show_request import show_request
from bot.jobs.sweep import sweep
from bot.jobs.unfurl import unfurl
from bot.ports import Steps
from bot.world import World

JobFunction = Callable[[Mapping[str, str], World, Steps], Awaitable[None]]

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
