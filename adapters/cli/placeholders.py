"""Import libraries without those of their own imports that the bot does not use.

botbuilder-core brings two HTTP clients and three ways to sign in with it, and DBOS brings SQLAlchemy's ORM and psycopg. All of them
together need 18 MB. The libraries only name them: as base classes, in annotations, and in functions that the bot does not call.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

BOTBUILDER = "botbuilder-core, for its own connector client; the bot has its own (adapters/teams/transport)"
DBOS = "DBOS, for transactions with application data, which the bot does not make by it"
NOT_USED: Mapping[str, str] = {
    "azure": BOTBUILDER,
    "click": "DBOS, for its own command line",
    "croniter": "DBOS, for workflows at fixed times; the bot has none",
    "jsonpickle": BOTBUILDER,
    "msal": BOTBUILDER,
    "oauthlib": BOTBUILDER,
    "requests": BOTBUILDER,
    "requests_oauthlib": BOTBUILDER,
    "urllib3": BOTBUILDER,
    "yaml": "DBOS, for its own configuration file",
    "sqlalchemy.ext.asyncio.scoping": DBOS,
    "sqlalchemy.ext.asyncio.session": DBOS,
    "sqlalchemy.orm": DBOS,
}
"""The modules that the bot's libraries import and the bot does not use. Each with who imports it, and what for."""
NOT_USED_ON_SQLITE: Mapping[str, str] = {
    "psycopg": "DBOS, to compare errors with those of PostgreSQL, on SQLite as well"
}
"""The same, with an SQLite file as the database."""


class PlaceholderUsed(Exception):
    """Something used a class of a module that is not loaded. A defect: the module must leave the table above."""


class _PlaceholderType(type):
    """The type of the classes in a module that is not loaded. Such a class can be named and inherited from, but not used.

    A call during the import, for a value that a library keeps, returns another class of this type.
    """

    module: str
    imports = 0
    """How many blocks of `placeholders` are open."""

    def __getattr__(cls, name: str) -> "_PlaceholderType":
        if name.startswith("__"):
            raise AttributeError(name)
        return _new_placeholder(cls.module, name)

    def __getitem__(cls, _parameters: object) -> "_PlaceholderType":
        """Return the class itself, as a generic type with its parameters."""
        return cls

    def __call__(cls, *_given: Any, **_named: Any) -> "_PlaceholderType":
        if _PlaceholderType.imports:
            return _new_placeholder(cls.module, cls.__name__)
        raise PlaceholderUsed(f"{cls.module}.{cls.__name__} is not loaded (adapters/cli/placeholders.py)")


def _new_placeholder(module: str, name: str) -> _PlaceholderType:
    # An exception, because some of them are named in `except`. Nothing raises one.
    return type.__call__(_PlaceholderType, name, (Exception,), {"module": module, "__module__": module})  # type: ignore[no-any-return]  # typeshed gives `type.__call__` no type


class _Placeholder(ModuleType):
    """A module that is not loaded. It has a class for each name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        placeholder = _new_placeholder(self.__name__, name)
        setattr(self, name, placeholder)
        return placeholder


class _PlaceholderFinder(MetaPathFinder, Loader):
    """Finds a placeholder for each of these modules, and for the modules in them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = tuple(names)
        self.imported: set[str] = set()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return a spec that makes a placeholder, or None for every other module."""
        del path, target
        for name in self._names:
            if fullname == name or fullname.startswith(f"{name}."):
                self.imported.add(name)
                return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the placeholder."""
        return _Placeholder(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code."""


@contextmanager
def placeholders(names: Mapping[str, str]) -> Iterator[set[str]]:
    """Let every import of these modules inside this block get a placeholder. Afterwards they are found as usual.

    A module that is loaded already stays. What was imported inside the block keeps its placeholders. Returns the names that were
    imported.
    """
    finder = _PlaceholderFinder({name: why for name, why in names.items() if name not in sys.modules})
    sys.meta_path.insert(0, finder)
    _PlaceholderType.imports += 1
    try:
        yield finder.imported
    finally:
        _PlaceholderType.imports -= 1
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, _Placeholder)]:
            module = sys.modules.pop(name)
            parent, _dot, attribute = name.rpartition(".")
            if getattr(sys.modules.get(parent), attribute, None) is module:
                delattr(sys.modules[parent], attribute)
