"""The service queue: open, join, leave and close sessions, and record their connections."""

import secrets
import string
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count

from sandbox.teamviewer.model import Account, Connection, Group, Kind, Session
from sandbox.teamviewer.options import Options

ALPHANUMERIC = string.ascii_letters + string.digits
SESSION_LIFE = timedelta(hours=24)


def _generate_digits(number: int) -> str:
    return str(secrets.randbelow(9 * 10 ** (number - 1)) + 10 ** (number - 1))


def generate_alphanumeric(number: int) -> str:
    """Return random letters and digits."""
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(number))


class ServiceQueue:
    """Every account, group, session and connection of the simulated TeamViewer."""

    def __init__(self, now: Callable[[], datetime], options: Options) -> None:
        self.now = now
        self.options = options
        self.origin = ""
        self.accounts: dict[str, Account] = {}
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self._groups: dict[tuple[str, str], Group] = {}
        self._user_numbers = count(11293276)
        self._group_numbers = count(272032545)

    def add_account(self, email: str, name: str, company_name: str) -> Account:
        """Add an account, or replace the one with the same e-mail address."""
        account = Account(f"u{next(self._user_numbers)}", email, name, company_name)
        self.accounts[email] = account
        return account

    def is_assignable(self, userid: str) -> bool:
        """Return whether a session can be assigned to ``userid``. ``u0`` means nobody."""
        return userid == "u0" or any(account.userid == userid for account in self.accounts.values())

    def get_or_create_group(self, owner: Account, name: str) -> Group:
        """Return the account's group with this name. Create it if needed."""
        key = (owner.userid, name)
        if key not in self._groups:
            self._groups[key] = Group(f"g{next(self._group_numbers)}", name)
        return self._groups[key]

    def find_group(self, owner: Account, groupid: str) -> Group | None:
        """Return the account's group with this id."""
        own = (group for (userid, _), group in self._groups.items() if userid == owner.userid)
        return next((group for group in own if group.id == groupid), None)

    def open_session(
        self,
        owner: Account,
        *,
        kind: Kind = "Default",
        group: Group | None = None,
        valid_until: datetime | None = None,
    ) -> Session:
        """Open a session for an account."""
        now = self.now()
        session = Session(
            code=self._new_code(kind),
            kind=kind,
            owner=owner,
            group=group,
            origin=self.origin,
            supporter_token=generate_alphanumeric(12),
            created_at=now,
            valid_until=valid_until or now + SESSION_LIFE,
            assigned_userid=owner.userid,
            assigned_at=now,
        )
        self.sessions[session.code] = session
        return session

    def _new_code(self, kind: Kind) -> str:
        # Codes of both lengths exist: eight digits in the documents, nine in production traffic.
        first = 2 if kind == "Pilot" else 3
        while (
            code := f"s{_generate_digits(first)}-{_generate_digits(3)}-{_generate_digits(3)}"
        ) in self.sessions:
            pass
        return code

    def find_by_digits(self, digits: str) -> Session | None:
        """Return the session whose code without dashes is ``digits``."""
        return next((session for session in self.sessions.values() if session.digits == digits), None)

    def list_newest_first(self) -> Iterator[Session]:
        """Iterate over the sessions, newest first."""
        # Sorting is stable, so sessions of the same moment stay newest first.
        sessions = reversed(self.sessions.values())
        return iter(sorted(sessions, key=lambda session: session.created_at, reverse=True))

    def find_running_connection(self, session: Session) -> Connection | None:
        """Return the session's running connection."""
        own = (one for one in self.connections if one.session is session)
        return next((one for one in own if one.ended_at is None), None)

    def join_session(self, session: Session, device: str) -> None:
        """Let the requester open the link and wait. Raises ValueError if the session is closed or expired."""
        if session.state == "closed" or session.is_expired(self.now()):
            raise ValueError(f"{session.code} can no longer be joined")
        session.online = True
        session.device = device

    def connect_session(self, session: Session) -> None:
        """Let the supporter connect to the requester who waits. Raises ValueError if nobody is there."""
        if not session.online:
            raise ValueError(f"nobody waits in {session.code}")
        # Connecting twice does not start a second connection.
        if self.find_running_connection(session) is None:
            number = f"d{_generate_digits(9)}"
            self.connections.append(
                Connection(str(uuid.uuid4()), session, number, session.device, self.now())
            )

    def leave_session(self, session: Session) -> None:
        """Let the requester leave. The code stays open."""
        session.online = False
        if (find_running_connection := self.find_running_connection(session)) is not None:
            find_running_connection.ended_at = self.now()

    def may_use(self, account: Account, session: Session) -> bool:
        """Return whether an account may read and change a session: "own" means created by it or assigned to it.

        Whether that changes with the assignment is undocumented, so it is an option.
        """
        is_assigned = account.userid == session.assigned_userid
        if account == session.owner:
            return is_assigned or self.options.creator_reads_on
        return is_assigned and self.options.assignee_reads

    def assign_session(self, session: Session, userid: str) -> None:
        """Assign a session to another account. Whether the supporter link changes with it is an option."""
        if userid == session.assigned_userid:
            return
        if self.options.reassigning == "new_link":
            session.supporter_token = generate_alphanumeric(12)
        session.assigned_userid = userid
        session.assigned_at = self.now()

    def close_session(self, session: Session) -> None:
        """Close the code: nobody can join any more. Whether that ends a running connection is an option."""
        if self.options.closing_disconnects:
            self.leave_session(session)
        if session.state == "open":
            session.state = "closed"
            session.closed_at = self.now()

    def reopen_session(self, session: Session) -> None:
        """Open a closed code again. The state value is documented, the behaviour undocumented, assumed."""
        session.state = "open"
        session.closed_at = None
