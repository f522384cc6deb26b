"""The portal whose requests the bot works on: which links lead to it, and its name, which links contain."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from adapters.servicedesk.api import ServiceDeskApi
from adapters.servicedesk.fields import Payload, object_field, object_list, text_field
from adapters.servicedesk.request_links import RequestLink
from adapters.single_flight import SingleFlight
from bot.errors import BotError, NotAllowed, Unavailable

WAIT_SECONDS = 0.5
"""Longest time for which a request waits for the portal's name. Its link can do without the name, its reader cannot wait."""
NAME_FRESH_SECONDS = 24 * 3600.0
"""Time after which the name is looked up again, because an administrator may have renamed the portal."""
REFUSED_PAUSE_SECONDS = 3600.0
"""Time until the next look-up after a refusal. An access token lives for an hour, so the next one has another token."""
DOWN_PAUSE_SECONDS = 60.0
_LARGEST_PAGE = 100
"""Rows in one response. ServiceDesk Plus Cloud API documentation, Input Data."""
log = structlog.get_logger("servicedesk")


class PortalUnknown(Exception):
    """ServiceDesk Plus does not say which portal is the default one. The message is the reason, for the log."""


class Portal:
    """The portal that the API's calls address.

    ``name`` is None if no setting names the portal: then the name is looked up. ``is_default``: the calls name no
    portal, so ServiceDesk Plus takes the default one. ``monotonic`` is a clock in seconds.
    """

    def __init__(
        self,
        api: ServiceDeskApi,
        *,
        name: str | None,
        is_default: bool,
        monotonic: Callable[[], float],
    ) -> None:
        self._api = api
        self._name = name
        self._is_default = is_default
        self._monotonic = monotonic
        self._next_lookup = float("inf") if name is not None else monotonic()
        self._lookup: SingleFlight[None] = SingleFlight()
        self._is_reported = False

    def owns(self, link: RequestLink) -> bool:
        """Return whether a link leads to a request of this portal, as far as is known.

        A long id belongs to one portal. To look up the id of another portal's link here would at best find nothing,
        and at worst find another request, so such a link is none of ours. While the name is unknown, the link may be
        ours, and the look-up of its id decides.
        """
        if link.portal is None:
            # It leads to the default portal, which may be another one than the portal in the settings.
            return self._is_default
        return self._name is None or link.portal.casefold() == self._name.casefold()

    async def find_name(self) -> str | None:
        """Return the portal's name in links. None if it is not known (yet). Waits for half a second at most."""
        if self._monotonic() >= self._next_lookup:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._lookup.run_or_join(self._look_up_name)
        return self._name

    async def _look_up_name(self) -> None:
        try:
            self._name = await _find_default_portal(self._api)
            pause = NAME_FRESH_SECONDS
        except PortalUnknown as unknown:
            self._report(unknown)
            pause = REFUSED_PAUSE_SECONDS
        except NotAllowed:
            return  # The integration is off, and nothing was sent.
        except BotError as error:
            retry_after = error.retry_after if isinstance(error, Unavailable) else None
            pause = max(DOWN_PAUSE_SECONDS, retry_after or 0.0)
        self._next_lookup = self._monotonic() + pause

    def _report(self, unknown: PortalUnknown) -> None:
        """Log once that the name is unknown, and what to do. A name that was found before stays in use."""
        if self._is_reported or self._name is not None:
            return
        self._is_reported = True
        log.warning(
            "links to requests lack the portal",
            reason=str(unknown),
            advice="add the portal to TVBOT_SERVICEDESK_WEB_URL, as in https://HOST/app/itdesk",
        )


async def _find_default_portal(api: ServiceDeskApi) -> str:
    """Return the name of the default portal. Raises PortalUnknown, and Unavailable and NotAuthorized as calls do.

    ``GET /portals`` lists the portals (Microsoft's certified ServiceDesk Plus Cloud connector, which calls it without
    parameters). Which scope it needs is undocumented.
    """
    payload = await _list_portals(api)
    name = _default_name(payload)
    if name is None and object_field(payload, "list_info").get("has_more_rows") is True:
        name = _default_name(await _list_portals(api, {"list_info": {"row_count": _LARGEST_PAGE}}))
    if name is None:
        raise PortalUnknown(f"none of {len(object_list(payload, 'portals'))} portals is the default one")
    return name


async def _list_portals(api: ServiceDeskApi, input_data: Payload | None = None) -> Payload:
    response = await api.get("/portals", input_data, is_optional=True)
    if response.is_refusal:
        raise PortalUnknown(f"the list of portals is refused with status {response.status}")
    return response.payload or {}


def _default_name(payload: Payload) -> str | None:
    portals = object_list(payload, "portals")
    defaults = [portal for portal in portals if portal.get("is_default") is True]
    # The only portal is the default one, even if it does not say so.
    if len(portals) == 1 and "is_default" not in portals[0]:
        defaults = portals
    return text_field(defaults[0], "name") or None if defaults else None
