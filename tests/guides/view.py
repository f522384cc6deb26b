"""How to add a view: here a page with the figures of a week."""

from guides.tree import Edit, Guide, Step

VIEW = Guide(
    "A new view",
    (
        Step(
            "the view and its place in the union",
            (
                Edit(
                    "bot/views/pages.py",
                    '''@value_class
class FiguresPage:
    """The figures of a week."""

    title: Text
    sessions: int


''',
                    before="View = (\n",
                ),
                Edit("bot/views/pages.py", "    | FiguresPage\n", after="View = (\n    Message\n"),
            ),
            "mypy",
            "FiguresPage",
        ),
        Step(
            "how it reads without buttons",
            (
                Edit(
                    "bot/views/plain.py",
                    """        case pages.FiguresPage():
            return view
""",
                    before="        case LinkPage() | HelpPage():\n",
                ),
                Edit("bot/views/plain.py", "from bot.views import pages\n", before="from bot.views.admin "),
            ),
            "mypy",
            "bot/views/plain.py",
        ),
        Step(
            "whether it holds a link",
            (
                Edit(
                    "bot/views/links.py",
                    """        case pages.FiguresPage():
            return False
""",
                    before="        case Message():\n",
                ),
                Edit("bot/views/links.py", "from bot.views import pages\n", before="from bot.views.admin "),
            ),
            "mypy",
            "bot/views/links.py",
        ),
        Step(
            "how Slack shows it",
            (
                Edit(
                    "adapters/slack/render/figures.py",
                    '''"""The figures of a week as Block Kit."""

from adapters.slack.render.blocks import Blocks, blocks_of
from bot.i18n import Language
from bot.views.pages import FiguresPage


def figures_page(view: FiguresPage, language: Language) -> Blocks:
    """Render the figures of a week."""
    return blocks_of(language.say(view.title), [])
''',
                ),
                Edit(
                    "adapters/slack/render/__init__.py",
                    """        case pages.FiguresPage():
            return figures.figures_page(view, language)
""",
                    before="        case HelpPage():\n",
                ),
                Edit(
                    "adapters/slack/render/__init__.py",
                    "from adapters.slack.render import figures\nfrom bot.views import pages\n",
                    before="from bot.i18n ",
                ),
            ),
            "mypy",
            "adapters/slack/render/__init__.py",
        ),
        Step(
            "how Teams shows it",
            (
                Edit(
                    "adapters/teams/render/figures.py",
                    '''"""The figures of a week as an Adaptive Card."""

from adapters.teams.render.card import CardContent
from bot.i18n import Language
from bot.views.pages import FiguresPage


def figures_page(view: FiguresPage, say: Language) -> CardContent:
    """Render the figures of a week."""
    return CardContent(say.say(view.title), [])
''',
                ),
                Edit(
                    "adapters/teams/render/__init__.py",
                    """        case pages.FiguresPage():
            return figures.figures_page(view, say)
""",
                    before="        case HelpPage():\n",
                ),
                Edit(
                    "adapters/teams/render/__init__.py",
                    "from adapters.teams.render import figures\nfrom bot.views import pages\n",
                    before="from bot.i18n ",
                ),
            ),
            "mypy",
            "adapters/teams/render/__init__.py",
        ),
        Step(
            "a hostile example",
            (
                Edit(
                    "tests/support/hostile_views.py",
                    """        yield "figures", pages.FiguresPage(_("{name}", name=self.name), 7)
""",
                    before='        yield "panel", ',
                ),
                Edit(
                    "tests/support/hostile_views.py",
                    "from bot.views import pages\n",
                    before="from bot.views.admin ",
                ),
            ),
            "tests/unit/test_views_are_complete.py",
            "FiguresPage",
        ),
    ),
)
