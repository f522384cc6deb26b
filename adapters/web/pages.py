"""Render the HTML pages. They load nothing from other hosts, and run no script but their own."""

from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aiohttp import web
from markupsafe import Markup, escape

from bot.i18n import Language, Text, _
from bot.values import replace

if TYPE_CHECKING:
    from jinja2 import Environment

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
    # The address of a page holds a secret, so it must not reach another site.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TEMPLATES = files("adapters.web") / "templates"
_PAGES = (
    "base.html",
    "message.html",
    "join.html",
    "enter.html",
    "opening.html",
    "rating.html",
    "report.html",
    "about.html",
)


@cache
def _templates() -> "Environment":
    """Load the templates, with the first page. Most processes show their first one long after their start."""
    from jinja2 import DictLoader, Environment, select_autoescape  # noqa: PLC0415 - see above

    return Environment(
        loader=DictLoader({name: (_TEMPLATES / name).read_text(encoding="utf-8") for name in _PAGES}),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _show_command(words: str) -> Markup:
    """Show a command to type. In Slack the slash command comes before it, which a page does not know."""
    return Markup("<code>{}</code>").format(words)


def _say_html(language: Language, text: Text | str) -> Markup:
    """Return a sentence as HTML, with commands in it as code. Only its own words are not escaped: they are the catalogue's."""
    rich = replace(language, escape=lambda value: str(escape(value)), typed=_show_command)
    return Markup(rich.say(text))  # noqa: S704 - every value is escaped by now


def render_page(template: str, language: Language, *, status: int = 200, **values: Any) -> web.Response:
    """Render a template in the reader's language, with strict security headers."""
    html = (
        _templates()
        .get_template(template)
        .render(
            # In a title or an attribute there is no markup.
            say=replace(language, typed=str).say,
            say_html=partial(_say_html, language),
            lang=language.code,
            **values,
        )
    )
    return web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)


def render_message_page(
    title: Text, text: Text, *, language: str, status: int = 200, **values: Any
) -> web.Response:
    """Render a page with a title and one message."""
    return render_page("message.html", Language(language), status=status, title=title, text=text, **values)


def not_found_page(language: str) -> web.Response:
    """Return the page for an address that does not exist."""
    text = _(
        "There is no page at this address. Check the address, or go back to the message that brought you here."
    )
    return render_message_page(_("Page not found"), text, language=language, status=404)
