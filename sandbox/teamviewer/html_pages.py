"""Render the HTML pages of the simulated TeamViewer."""

from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, *, status: int = 200, **values: object) -> web.Response:
    """Return a page rendered from a template."""
    html = _templates.get_template(template).render(**values)
    return web.Response(
        # A cached page would show an old state of the session.
        text=html,
        status=status,
        content_type="text/html",
        headers={"Cache-Control": "no-store"},
    )
