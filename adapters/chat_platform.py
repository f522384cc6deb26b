"""A chat platform as ``bootstrap`` sees it: its chat, its routes and its health."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from aiohttp import web

from bot.ports import Chat
from bot.services import Services

HealthCheck = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, or None."""


class ChatPlatform(Protocol):
    """All parts of one chat platform, put together from the settings."""

    @property
    def chat(self) -> Chat:
        """Return the platform's chat, for use cases and workflows."""

    async def add_routes(self, app: web.Application, services: Services) -> None:
        """Add the platform's routes to the web application, or connect to the platform."""

    async def stop(self) -> None:
        """Close the connection to the platform, where there is one."""

    def health_checks(self) -> Mapping[str, HealthCheck]:
        """Return the checks of this platform by their names, for ``/readyz``."""
