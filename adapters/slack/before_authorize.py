"""The Bolt middleware that runs before a workspace is authorized: what Bolt itself would answer wrongly, or too late."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.slack.origin import NamedTenants, read_tenants
from adapters.tasks import Tasks
from bot.model.secret import Secret

TENANT = "tvbot_tenant"
"""The key in the context of the workspace or organization by whose installation a payload is handled."""


class Workspaces(Protocol):
    """The workspaces and Enterprise organizations that are served."""

    async def find_tenant(self, named: NamedTenants) -> str | None:
        """Return the workspace or organization by whose installation a payload is handled. None: the app has none there."""

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Authorize a workspace or organization. None if it is not served."""


class BeforeAuthorize(AsyncMiddleware):
    """Chooses the installation for a payload, and prepares the refusal of a workspace that is not served.

    It also receives Slack's notice about dropped events.
    """

    def __init__(self, workspaces: Workspaces, events: SlackEvents, forms: SlackForms, tasks: Tasks) -> None:
        self._workspaces = workspaces
        self._events = events
        self._forms = forms
        self._tasks = tasks

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Acknowledge the notice, which Bolt would answer with 404. Let anything else pass."""
        del resp
        tenant = await self._choose_tenant(req)
        if req.body.get("type") == "app_rate_limited":
            if tenant is not None:
                await self._events.receive_rate_limit(req.body, tenant)
            return BoltResponse(status=200)
        self._prepare_refusal(req)
        return await next()

    async def _choose_tenant(self, req: AsyncBoltRequest) -> str | None:
        """Choose the installation for a payload. Bolt looks at one workspace only, which may be one without the app."""
        named = read_tenants(req.body)
        tenant = await self._workspaces.find_tenant(named)
        req.context[TENANT] = tenant or named.first
        if tenant is not None:
            req.context["team_id"] = tenant
        return tenant

    def _prepare_refusal(self, req: AsyncBoltRequest) -> None:
        """Let Bolt refuse a workspace without an outside call.

        Bolt posts its refusal to the response URL, and waits for that. The request fails if the URL is empty or does not
        answer. The acknowledgement of a slash command can carry the refusal. Any other refusal is posted later.
        """
        url = req.body.get("response_url")
        if not url or req.body.get("command"):
            req.context["response_url"] = None
            return

        async def respond(text: str) -> None:
            self._tasks.start_task(self._forms.post_refusal(Secret(str(url)), text))

        req.context["respond"] = respond
