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
        """Add the route to the application."""
        app.router.add_get("/app/{portal}/ui/requests/{id}/details", self._show_request, name="pages.request")

    async def _show_request(self, request: web.Request) -> web.Response:
        try:
            found = self._records.find_request(request.match_info["id"])
        except ApiError:
            return build_html_page(404, "There is no such request")
        if request.match_info["portal"] != self._tenant.portal:
            return build_html_page(404, "There is no such portal")
        html = _templates.get_template("request.html").render(request=found, portal=self._tenant.portal)
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)
