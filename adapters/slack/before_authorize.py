"""The Bolt middleware that runs before a workspace is authorized: what Bolt itself would answer wrongly, or too late."""

from collections.abc import Awaitable, Callable

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.events import SlackEvents
from adapters.slack.forms import SlackForms
from adapters.tasks import Tasks
from bot.model.secret import Secret


class BeforeAuthorize(AsyncMiddleware):
    """Receives Slack's notice about dropped events, and prepares the refusal of a workspace that is not served."""

    def __init__(self, events: SlackEvents, forms: SlackForms, tasks: Tasks) -> None:
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
        if req.body.get("type") == "app_rate_limited":
            await self._events.receive_rate_limit(req.body)
            return BoltResponse(status=200)
        self._prepare_refusal(req)
        return await next()

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
