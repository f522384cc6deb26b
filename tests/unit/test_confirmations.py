"""The sign of success is earned: only a change is confirmed by it."""

import ast
from functools import cache
from pathlib import Path

import bot
from bot.i18n import Text
from bot.model.effect import Effect
from bot.views.pages import Message
from bot.views.parts import Tone, confirm
from bot.views.wording import TONE_SIGNS

ROOT = Path(bot.__file__).parents[1]
GOOD_WITHOUT_A_COMMAND = {
    "bot/views/parts.py": "it makes confirmations of effects",
    "bot/views/wording.py": "it holds the sign",
    "bot/views/welcome.py": "it greets",
    "bot/workflows/notices.py": "it reports the stored state of a notice",
    "bot/views/ready.py": "it reports a session that is open",
    "bot/workflows/warn_admins.py": "it reports a call that works again",
}
"""Every module that names the tone of success, and why."""
SIGN_IN_A_TEXT = {"bot/views/wording.py"}
"""Every module that holds the sign itself."""


def test_only_a_change_gets_the_sign_of_success() -> None:
    changed, nothing = Text("Done."), Text("Nothing was done.")
    made = [Message.confirming(confirm(effect, changed=changed, nothing=nothing)) for effect in Effect]
    assert [(one.text, one.tone) for one in made] == [(changed, Tone.GOOD), (nothing, Tone.PLAIN)]
    assert TONE_SIGNS[Tone.PLAIN] == ""


def test_no_other_module_makes_a_message_of_success_by_itself() -> None:
    """Use ``confirm``: it asks for the effect, and for the sentence that is true without one."""
    found = {name for name, tree in _modules() for node in ast.walk(tree) if _names_good(node)}
    assert found == set(GOOD_WITHOUT_A_COMMAND)


def test_no_other_module_writes_the_sign_of_success_into_a_text() -> None:
    found = {name for name, tree in _modules() for node in ast.walk(tree) if _holds_sign(node)}
    assert found == SIGN_IN_A_TEXT


@cache
def _modules() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for folder in ("bot", "adapters")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def _names_good(node: ast.AST) -> bool:
    """Whether it uses ``Tone.GOOD``, or builds a ``Confirmation`` directly."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id == "Confirmation"
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "GOOD"
        and isinstance(node.value, ast.Name)
        and node.value.id == "Tone"
    )


def _holds_sign(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and TONE_SIGNS[Tone.GOOD].strip() in node.value
    )
