"""Render the HTML pages. They load nothing from other hosts, and run no script but their own."""

from importlib.resources import files
from typing import Any

from aiohttp import web
from jinja2 import DictLoader, Environment, select_autoescape

from bot.i18n import Language, Text

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
    # The address of a page holds a secret, so it must not reach another site.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TEMPLATES = files("adapters.web") / "templates"
_environment = Environment(
    loader=DictLoader(
        {
            name: (_TEMPLATES / name).read_text(encoding="utf-8")
            for name in ("base.html", "message.html", "join.html", "about.html")
        }
    ),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(template: str, language: Language, *, status: int = 200, **values: Any) -> web.Response:
    """Render a template in the reader's language, with strict security headers."""
    html = _environment.get_template(template).render(say=language.say, lang=language.code, **values)
    return web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)


def render_message_page(
    title: Text, text: Text, *, language: str, status: int = 200, **values: Any
) -> web.Response:
    """Render a page with a title and one message."""
    return render_page("message.html", Language(language), status=status, title=title, text=text, **values)
