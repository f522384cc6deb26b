"""The scopes that the manual asks for are those that the calls of the ServiceDesk Plus client need."""

import ast
from collections.abc import Iterator
from pathlib import Path

import adapters.servicedesk
from adapters.servicedesk.api import required_scope
from adapters.servicedesk.scopes import SCOPES, render_scope_table

FOLDER = Path(adapters.servicedesk.__file__).parent
MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"
PATHS = ("/requests", "/technicians", "/users")


def called_methods() -> Iterator[str]:
    """Yield the HTTP method of each call of the API in the client."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                if called in {"api.get", "api.post", "api.put", "self._api.get", "self._api.post"}:
                    yield node.func.attr.upper()


def test_each_scope_is_needed_by_a_call() -> None:
    assert set(called_methods()) == {"GET", "POST", "PUT"}
    writes = {required_scope(method, "/requests/1/notes") for method in ("POST", "PUT")}
    assert {required_scope("GET", path) for path in PATHS} | writes == SCOPES.keys()


def test_manual_lists_every_scope_with_its_reason() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    between = manual.split("<!-- servicedesk scopes -->\n")[1].split("\n<!-- /servicedesk scopes -->")[0]
    assert between == render_scope_table()
    assert f"`{','.join(SCOPES)}`" in manual
