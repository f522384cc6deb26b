"""The page of a request, as a technician sees it in a browser."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.servicedesk.json_format import ApiError, html_page
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
"""What is written on a request is shown as it is, so nothing in it may run."""


class RequestPage:
    """Serves the addresses that links to requests have."""

    def __init__(self, tenant: Tenant, desk: Records) -> None:
        self._tenant = tenant
        self._desk = desk

    def add_routes(self, app: web.Application) -> None:
        """Put the page into the application."""
        app.router.add_get("/app/{portal}/ui/requests/{id}/details", self._request, name="pages.request")

    async def _request(self, request: web.Request) -> web.Response:
        try:
            found = self._desk.find(request.match_info["id"])
        except ApiError:
            return html_page(404, "There is no such request")
        if request.match_info["portal"] != self._tenant.portal:
            return html_page(404, "There is no such portal")
        html = _templates.get_template("request.html").render(request=found, portal=self._tenant.portal)
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)
