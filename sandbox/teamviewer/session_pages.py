"""The pages behind a session's links, for the requester and for the supporter."""

import secrets
from dataclasses import dataclass

from aiohttp import web

from sandbox.teamviewer.html_pages import render_page
from sandbox.teamviewer.model import Session
from sandbox.teamviewer.service_queue import ServiceQueue

NOTICES = {
    "unknown": (
        404,
        "This session does not exist",
        "Check the link, or ask the person who sent it for a new one.",
    ),
    "closed": (410, "This session is closed", "It was ended. If you still need help, ask for a new link."),
    "expired": (
        410,
        "This session has expired",
        "Its time is over. If you still need help, ask for a new link.",
    ),
}


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that somebody opened: the requester's, or with a valid token the supporter's."""

    session: Session
    is_supporter: bool


class SessionPages:
    """Serves the session links that the API returns."""

    def __init__(self, queue: ServiceQueue) -> None:
        self._queue = queue

    def build_routes(self) -> list[web.RouteDef]:
        """Return the routes of these pages."""
        pattern = "/{place:v15|pilot}/{slug}"
        return [
            web.get(pattern, self.show_session_page, name="pages.session"),
            web.post(pattern, self.submit_session_page, name="pages.session"),
            web.get("/Connect/IndexByol", self.show_web_client, name="pages.web_client"),
            web.post("/Connect/IndexByol", self.submit_session_page, name="pages.web_client"),
        ]

    async def show_session_page(self, request: web.Request) -> web.Response:
        """Show the page of a requester's or supporter's link."""
        return self._render(self._find_opened_link(request))

    async def show_web_client(self, request: web.Request) -> web.Response:
        """Show the page of a supporter's web client link."""
        return self._render(self._find_opened_link(request), is_web_client=True)

    async def submit_session_page(self, request: web.Request) -> web.Response:
        """Join or leave as the requester, or connect and disconnect as the supporter."""
        opened = self._find_opened_link(request)
        if opened is None or self._find_problem(opened.session) is not None:
            return self._render(opened)
        action = (await request.post()).get("action")
        if action == "leave":
            self._queue.leave_session(opened.session)
        elif action == "join" and not opened.is_supporter:
            self._queue.join_session(opened.session, build_device_name(opened.session))
        elif action == "connect" and opened.is_supporter and opened.session.online:
            self._queue.connect_session(opened.session)
        # Redirect after the post, so that a reload does not repeat the action.
        return web.Response(status=303, headers={"Location": request.path_qs})

    def _find_opened_link(self, request: web.Request) -> OpenedLink | None:
        query = request.query
        slug = request.match_info.get("slug")
        slug = slug or f"{query.get('sessioncode', '')}-{query.get('servicequeuetoken', '')}"
        digits, dash, token = slug.partition("-")
        session = self._queue.find_by_digits(digits)
        if session is None:
            return None
        # The address of the web client is the same for both kinds.
        kind = session.end_customer_link.split("/")[-2]
        if request.match_info.get("place", kind) != kind:
            return None
        # A wrong supporter token must not fall back to the requester's page.
        if dash and not secrets.compare_digest(token.encode(), session.supporter_token.encode()):
            return None
        return OpenedLink(session, is_supporter=bool(dash))

    def _find_problem(self, session: Session) -> str | None:
        if session.state == "closed":
            return "closed"
        return "expired" if session.is_expired(self._queue.now()) else None

    def _render(self, opened: OpenedLink | None, *, is_web_client: bool = False) -> web.Response:
        problem = "unknown" if opened is None else self._find_problem(opened.session)
        if opened is None or problem is not None:
            status, title, text = NOTICES[problem or "unknown"]
            return render_page("notice.html", status=status, title=title, text=text)
        session, is_pilot = opened.session, opened.session.kind == "Pilot"
        running = self._queue.find_running_connection(session)
        if not opened.is_supporter:
            return render_page(
                "customer.html", session=session, is_pilot=is_pilot, is_connected=running is not None
            )
        return render_page(
            "supporter.html",
            session=session,
            is_pilot=is_pilot,
            device=running.devicename if running else None,
            is_web_client=is_web_client,
        )


def build_device_name(session: Session) -> str:
    """Return a device name that contains the requester's first name."""
    first, *_ = ((session.end_customer or {}).get("name") or "").split() or ["Ann"]
    return f"{'PHONE' if session.kind == 'Pilot' else 'LAPTOP'}-{first.upper()}"
