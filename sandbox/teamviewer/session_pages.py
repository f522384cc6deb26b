"""The pages behind a session's links: the requester's, and the supporter's."""

import secrets
from dataclasses import dataclass

from aiohttp import web

from sandbox.teamviewer.html_pages import page
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
    """Somebody who opened a link: the requester, or with the right token the supporter."""

    session: Session
    is_supporter: bool


class SessionPages:
    """Serves the addresses that the API gives out as links."""

    def __init__(self, queue: ServiceQueue) -> None:
        self._queue = queue

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of this part."""
        pattern = "/{place:v15|pilot}/{slug}"
        return [
            web.get(pattern, self.show, name="pages.session"),
            web.post(pattern, self.act, name="pages.session"),
            web.get("/Connect/IndexByol", self.show_web_client, name="pages.web_client"),
            web.post("/Connect/IndexByol", self.act, name="pages.web_client"),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what the link's owner can do."""
        return self._page(self._visit(request))

    async def show_web_client(self, request: web.Request) -> web.Response:
        """Show the supporter's page as it is in the browser client."""
        return self._page(self._visit(request), is_web_client=True)

    async def act(self, request: web.Request) -> web.Response:
        """Let the requester join or leave, or the supporter end the connection."""
        visit = self._visit(request)
        if visit is None or self._problem(visit.session) is not None:
            return self._page(visit)
        action = (await request.post()).get("action")
        if action == "leave":
            self._queue.leave(visit.session)
        elif action == "join" and not visit.is_supporter:
            self._queue.join(visit.session, device_of(visit.session))
        return web.Response(status=303, headers={"Location": request.path_qs})

    def _visit(self, request: web.Request) -> OpenedLink | None:
        query = request.query
        slug = request.match_info.get("slug")
        slug = slug or f"{query.get('sessioncode', '')}-{query.get('servicequeuetoken', '')}"
        digits, dash, token = slug.partition("-")
        session = self._queue.find(digits)
        if (
            session is None
            or request.match_info.get("place", "v15") != session.end_customer_link.split("/")[-2]
        ):
            return None
        if dash and not secrets.compare_digest(token.encode(), session.supporter_token.encode()):
            return None
        return OpenedLink(session, is_supporter=bool(dash))

    def _problem(self, session: Session) -> str | None:
        if session.state == "closed":
            return "closed"
        return "expired" if session.is_expired(self._queue.now()) else None

    def _page(self, visit: OpenedLink | None, *, is_web_client: bool = False) -> web.Response:
        problem = "unknown" if visit is None else self._problem(visit.session)
        if visit is None or problem is not None:
            status, title, text = NOTICES[problem or "unknown"]
            return page("notice.html", status=status, title=title, text=text)
        session, is_pilot = visit.session, visit.session.kind == "Pilot"
        if not visit.is_supporter:
            return page("customer.html", session=session, is_pilot=is_pilot)
        running = self._queue.running(session)
        return page(
            "supporter.html",
            session=session,
            is_pilot=is_pilot,
            device=running.devicename if running else None,
            is_web_client=is_web_client,
        )


def device_of(session: Session) -> str:
    """Return a name for the requester's device, made from the requester's first name."""
    first, *_ = ((session.end_customer or {}).get("name") or "").split() or ["Ann"]
    return f"{'PHONE' if session.kind == 'Pilot' else 'LAPTOP'}-{first.upper()}"
