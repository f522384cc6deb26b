"""The web page of a request."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.servicedesk.json_format import ApiError, build_html_page
from sandbox.servicedesk.records import Records
from sandbox.servicedesk.tenant import Tenant

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
}
"""The page shows HTML from notes and mails unchanged, so nothing in it may run."""


class RequestPage:
    """Serves the links to requests."""

    def __init__(self, tenant: Tenant, records: Records) -> None:
        self._tenant = tenant
        self._records = records

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the application. A further path below the request shows the same page here."""
        page = "/ui/requests/{id:[0-9]+}{below:(?:/.*)?}"
        app.router.add_get(f"/app/{{portal}}{page}", self._show_request, name="pages.request")
        app.router.add_get(page, self._redirect_to_portal, name="pages.request_without_portal")

    async def _show_request(self, request: web.Request) -> web.Response:
        if request.match_info["portal"] not in {self._tenant.portal, *self._tenant.other_portals}:
            return build_html_page(404, "There is no such portal")
        try:
            found = self._records.find_request(request.match_info["id"])
        except ApiError:
            return build_html_page(404, "There is no such request")
        if request.match_info["portal"] != self._tenant.portal:
            return build_html_page(404, "This portal has no such request")
        html = _templates.get_template("request.html").render(request=found, portal=self._tenant.portal)
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _redirect_to_portal(self, request: web.Request) -> web.Response:
        if not self._tenant.opens_pages_without_portal:
            return build_html_page(404, "There is no such page")
        raise web.HTTPFound(f"/app/{self._tenant.portal}{request.path}")
