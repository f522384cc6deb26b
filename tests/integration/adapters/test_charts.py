"""Charts of a report: every number is on them, and nothing in them is run or loaded."""

import base64
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from xml.etree import ElementTree as ET

from adapters.web.charts import MOST_BARS, Chart, draw_charts
from bot.i18n import Language, _
from bot.views.report import ReportRow, ReportSection

ENGLISH, FRENCH = Language("en"), Language("fr")


def section(*rows: tuple[str, int], is_over_time: bool = False) -> ReportSection:
    """Return a table with these labels and amounts."""
    return ReportSection(
        _("Technicians"),
        [ReportRow(label, amount, 1.0) for label, amount in rows],
        is_over_time=is_over_time,
    )


def svg_of(address: str) -> str:
    return base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()


def texts_of(chart: Chart) -> list[str]:
    """Return the texts on a chart, which are the same in light and dark."""
    (light, dark) = (_texts(svg_of(one)) for one in (chart.light, chart.dark))
    assert light == dark
    return light


def _texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)  # noqa: S314 - the bot drew it itself
    found = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    return [one.strip() for one in found if one and one.strip()]


def draw(drawn: ReportSection, language: Language = ENGLISH) -> Chart:
    (chart,) = draw_charts([drawn], language)
    return chart


def test_labels_and_numbers_are_on_the_chart() -> None:
    texts = texts_of(draw(section(("Ana", 12), ("Ben", 0))))
    assert {"Ana", "Ben", "12", "0"} <= set(texts)
    days: Sequence[tuple[str, int]] = [(f"2026-11-{day:02}", 100 + day) for day in range(1, 31)]
    texts = texts_of(draw(section(*days, is_over_time=True)))
    assert {one for day, amount in days for one in (day, str(amount))} <= set(texts)


def test_highest_row_is_drawn_first() -> None:
    svg = svg_of(draw(section(("Ana", 12), ("Ben", 3))).light)
    heights = {
        one.text: float(one.attrib["y"])
        for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - drawn by the bot
        if one.text in {"Ana", "Ben"}
    }
    assert heights["Ana"] < heights["Ben"]


def test_chart_of_nothing_but_zeros_is_drawn() -> None:
    assert "0" in texts_of(draw(section(("Ana", 0))))


def test_alternative_text_is_in_the_language_of_the_reader() -> None:
    text = draw(section(("Ana", 1))).text
    assert ENGLISH.say(text) == "Bar chart: Technicians. The table below has the same figures."
    assert FRENCH.say(text).startswith("Diagramme en barres\N{NO-BREAK SPACE}: ")


def test_long_table_has_a_chart_of_its_first_rows_which_says_so() -> None:
    chart = draw(section(*((f"Technician {place:03}", 1) for place in range(MOST_BARS + 1))))
    texts = texts_of(chart)
    assert f"Technician {MOST_BARS - 1:03}" in texts
    assert f"Technician {MOST_BARS:03}" not in texts
    assert f"the first {MOST_BARS}." in ENGLISH.say(chart.text)


def test_nothing_in_a_chart_is_run_or_loaded() -> None:
    svg = svg_of(draw(section(("<script>alert(1)</script>\x00\u202e", 1), ("&\"'", 2))).light)
    tags = {one.tag.rpartition("}")[2] for one in ET.fromstring(svg).iter()}  # noqa: S314 - drawn by the bot
    assert not tags & {"script", "image", "foreignObject", "a", "use"}
    assert "href" not in svg
    assert "url(http" not in svg
    assert "@import" not in svg


def test_drawing_leaves_imports_as_they_are() -> None:
    """Pygal adds a finder of modules without ``find_spec``. Each later import of a new module would warn of it."""
    draw_charts([section(("Ana", 1))], ENGLISH)
    assert all(hasattr(finder, "find_spec") for finder in sys.meta_path)
    assert version("tvbot"), "packages are still found"


def test_library_is_loaded_only_when_a_chart_is_drawn() -> None:
    """It takes megabytes, and most processes never draw one."""
    look = "import sys, adapters.bootstrap, adapters.web.report; sys.exit('pygal' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
