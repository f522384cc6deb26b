"""Draw the tables of a report as bar charts, each an SVG image in an address of its own (``data:``).

An image runs no script and loads nothing, whatever is in it. So the pages' content security policy stays as it is.
"""

import base64
import importlib
import sys
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

from bot.i18n import Language, Text, _
from bot.model.sanitize import sanitize
from bot.values import value_class
from bot.views.report import ReportRow, ReportSection

MOST_BARS = 31
"""How many rows a chart shows, the first ones: the days of a month. The table shows all of them."""
_WIDTH = 520
"""In the page's own pixels, so that the texts of a chart are as large as those beside it."""
_BAR_HEIGHT = 30
_COLUMNS_HEIGHT = 300
_MARGIN = 40
_LONGEST_LABEL = 34


@value_class
class _Colors:
    """The colours of a chart. The bars have one from the palette of Okabe and Ito, which colour-blind people tell apart."""

    bar: str
    text: str


_LIGHT = _Colors(bar="#0072b2", text="#1c2330")
_DARK = _Colors(bar="#56b4e9", text="#eef1f6")


@value_class
class Chart:
    """A chart as two images, for light and for dark screens. ``text`` is read aloud instead of them."""

    light: str
    dark: str
    text: Text
    height: int
    width: int = _WIDTH


def draw_charts(sections: Sequence[ReportSection], language: Language) -> Sequence[Chart]:
    """Draw one chart for each table. It takes some milliseconds for each, so it belongs in a thread."""
    return [_draw_chart(section, language) for section in sections]


def _draw_chart(section: ReportSection, language: Language) -> Chart:
    rows = section.rows[:MOST_BARS]
    left_out = len(section.rows) - len(rows)
    text = _("Bar chart: {heading}. The table below has the same figures.", heading=section.heading)
    if left_out:
        text = _(
            "Bar chart: {heading}, the first {count}. The table below has all figures.",
            heading=section.heading,
            count=len(rows),
        )
    height = _COLUMNS_HEIGHT if section.is_over_time else _MARGIN + _BAR_HEIGHT * len(rows)
    light, dark = (
        _as_address(_draw_svg(section, rows, colors, height, language)) for colors in (_LIGHT, _DARK)
    )
    return Chart(light, dark, text, height)


def _load_pygal() -> Any:
    """Import pygal, and take back the finder that it adds for its plugins: each later import would warn of it.

    What pygal imports adds a finder too, which must stay: `importlib.metadata` no longer finds packages without it.
    """
    pygal = importlib.import_module("pygal")
    importlib.import_module("pygal.style")
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]
    return pygal


def _draw_svg(
    section: ReportSection, rows: Sequence[ReportRow], colors: _Colors, height: int, language: Language
) -> str:
    # It is loaded only here: most processes never draw a chart, and it takes several megabytes.
    pygal = _load_pygal()
    style = pygal.style.Style(
        background="transparent",
        plot_background="transparent",
        foreground=colors.text,
        foreground_strong=colors.text,
        foreground_subtle=colors.text,
        colors=(colors.bar,),
        value_colors=(colors.text,),
        font_family="sans-serif",
        label_font_size=13,
        major_label_font_size=13,
        value_font_size=13,
        opacity=1,
        opacity_hover=1,
        transition="none",
    )
    options: dict[str, Any] = {
        "style": style,
        "width": _WIDTH,
        "height": height,
        "explicit_size": True,
        "js": [],  # the default is a script of another host
        "show_legend": False,
        "show_y_guides": False,
        "show_x_guides": False,
        "print_values": True,
        "print_values_position": "top",
        "disable_xml_declaration": True,
        "margin": 4,
        "spacing": 6,
    }
    labels = [_label(row, language) for row in rows]
    amounts = [row.amount for row in rows]
    chart: Any
    if section.is_over_time:
        chart = pygal.Bar(**options, x_label_rotation=90, show_y_labels=False, formatter=_number)
    else:
        # Horizontal bars are drawn from the bottom up.
        labels.reverse()
        amounts.reverse()
        chart = pygal.HorizontalBar(
            **options,
            truncate_label=-1,
            # The library turns the whole chart, so its axes have each other's names.
            show_y_labels=True,
            show_x_labels=False,
            range=(0, max(amounts, default=0) * 1.15 or 1),
            formatter=_number_after_bar,
        )
    chart.x_labels = labels
    chart.add("", amounts)
    chart.add_xml_filter(_without_scripts)
    drawn: str = chart.render(is_unicode=True)
    return drawn


def _without_scripts(root: Element) -> Element:
    """Remove the script that the library adds for pages with its own charts. An image would not run it."""
    for parent in root.iter():
        for child in list(parent):
            if str(child.tag).rpartition("}")[2] == "script":
                parent.remove(child)
    return root


def _number(value: float) -> str:
    return str(int(value))


def _number_after_bar(value: float) -> str:
    """Return a number with spaces before it: the library puts its middle close to the end of the bar."""
    number = _number(value)
    return "\N{NO-BREAK SPACE}" * (len(number) + 1) + number


def _label(row: ReportRow, language: Language) -> str:
    text = sanitize(language.say(row.label))
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def _as_address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
