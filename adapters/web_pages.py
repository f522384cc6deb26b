"""Put together the pages and hooks of the web server that belong to no chat platform."""

from aiohttp import web

from adapters.settings import Settings, reveal_setting
from adapters.web.about import AboutPage
from adapters.web.enter import EnterPage
from adapters.web.hooks import ServiceDeskHook
from adapters.web.join import JoinPage
from adapters.web.report import ReportPages
from adapters.web.teamviewer_oauth import TeamViewerOAuth
from bot.services import Services
from storage.vault import Vault


def add_pages(app: web.Application, settings: Settings, services: Services, vault: Vault) -> None:
    """Add their routes to the web server."""
    TeamViewerOAuth(services).add_routes(app)
    JoinPage(services, vault).add_routes(app)
    EnterPage(services).add_routes(app)
    ReportPages(services).add_routes(app)
    AboutPage(services.installation.retention, services.installation.language).add_routes(app)
    if settings.servicedesk_hook_secret is not None:
        ServiceDeskHook(services, reveal_setting(settings.servicedesk_hook_secret)).add_routes(app)
