"""``conversations.history`` and ``conversations.replies`` of the Web API: the messages of a conversation or a thread."""

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.tokens import ApiError, RateLimited

_SCOPES = {"channels:history", "groups:history", "im:history", "mpim:history"}
_CURSOR = "next_ts:"
LARGEST_PAGE = 999
DEFAULT_PAGE = 100
DISTRIBUTED_PAGE = 15
"""The largest page for an app that is distributed commercially outside of the Marketplace (Slack, since 2025-05-29)."""
DISTRIBUTED_SECONDS = 60.0
"""How often such an app may call the method: once in a minute."""


def _read_history(call: ApiCall) -> Json:
    """Return the messages outside of threads, newest first."""
    channel = _find_readable_channel(call)
    _count_call(call)
    top_level = [one for one in channel.messages if one.thread_ts in {None, one.ts}]
    return _build_page(call, list(reversed(_select_messages(call, top_level, newest_first=True))))


def _read_replies(call: ApiCall) -> Json:
    """Return the first message of a thread and its replies, oldest first. Raises ApiError."""
    channel = _find_readable_channel(call)
    _count_call(call)
    root = call.read_required_text("ts")
    if channel.find_message(root) is None:
        raise ApiError("thread_not_found")
    thread = [one for one in channel.messages if root in {one.ts, one.thread_ts}]
    return _build_page(call, _select_messages(call, thread, newest_first=False))


def _build_page(call: ApiCall, messages: list[Message]) -> Json:
    size = _read_page_size(call)
    page, has_more = messages[:size], len(messages) > size
    with_metadata = call.read_flag("include_all_metadata") and call.state.returns_metadata
    body: Json = {
        "messages": [_format_message(one, with_metadata=with_metadata) for one in page],
        "has_more": has_more,
        "pin_count": 0,
    }
    if has_more:
        body["response_metadata"] = {"next_cursor": f"{_CURSOR}{page[-1].ts}"}
    return body


def _find_readable_channel(call: ApiCall) -> Channel:
    """Find a channel that the bot may read. Raises ApiError. A public channel is visible, but only members may read it."""
    if not call.token.scopes & _SCOPES:
        call.require_scope("channels:history")
    channel = call.find_visible_channel(call.read_required_text("channel"))
    if channel.is_dm:
        kind = "im" if channel.id.startswith("D") else "mpim"
    else:
        kind = "groups" if channel.is_private else "channels"
    call.require_scope(f"{kind}:history")
    if call.bot_in(channel) not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _count_call(call: ApiCall) -> None:
    """Raise RateLimited if the app is a distributed one and calls too soon."""
    state = call.state
    if not state.is_distributed:
        return
    elapsed = state.now() - state.history_read_at
    if elapsed < DISTRIBUTED_SECONDS:
        raise RateLimited(DISTRIBUTED_SECONDS - elapsed)
    state.history_read_at = state.now()


def _select_messages(call: ApiCall, messages: list[Message], *, newest_first: bool) -> list[Message]:
    """Return the messages of the time span, in their order, after the last one of the page before."""
    oldest, latest = _read_ts(call, "oldest"), _read_ts(call, "latest")
    last = _read_cursor(call)
    is_inclusive = call.read_flag("inclusive")

    def is_within(message: Message) -> bool:
        at = _parse_ts(message.ts)
        if last is not None and (at >= last if newest_first else at <= last):
            return False
        if is_inclusive and at in {oldest, latest}:
            return True
        return (oldest is None or at > oldest) and (latest is None or at < latest)

    return [one for one in messages if is_within(one)]


def _read_ts(call: ApiCall, name: str) -> tuple[int, int] | None:
    value = call.read_text(name)
    try:
        return _parse_ts(value) if value else None
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None


def _parse_ts(ts: str) -> tuple[int, int]:
    """Return the seconds and microseconds of a ts, to compare it. Raises ValueError."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds), int(fraction.ljust(6, "0") or 0)


def _read_cursor(call: ApiCall) -> tuple[int, int] | None:
    """Return the ts of the last message of the page before."""
    cursor = call.read_text("cursor")
    try:
        return _parse_ts(cursor.removeprefix(_CURSOR)) if cursor else None
    except ValueError:
        raise ApiError("invalid_cursor") from None


def _read_page_size(call: ApiCall) -> int:
    limit = call.read_text("limit") or str(DEFAULT_PAGE)
    if not limit.isdigit() or not 1 <= int(limit) <= LARGEST_PAGE:
        raise ApiError("invalid_limit")
    # Slack may return fewer messages than were asked for.
    return min(int(limit), DISTRIBUTED_PAGE) if call.state.is_distributed else int(limit)


def _format_message(message: Message, *, with_metadata: bool) -> Json:
    body = message.as_json()
    if not with_metadata:
        body.pop("metadata", None)
    return body


HISTORY = {
    "conversations.history": ApiMethod(_read_history),
    "conversations.replies": ApiMethod(_read_replies),
}
