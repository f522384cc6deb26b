"""``conversations.*``, ``users.*`` and ``team.*`` of the Web API, and ``auth.test``."""

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.model import BOT_ID, Channel, Json, User
from sandbox.slack.tokens import ApiError


def _open_conversation(call: ApiCall) -> Json:
    people = [one for one in call.read_text("users").split(",") if one]
    if not people:
        raise ApiError("users_list_not_supplied")
    call.require_scope("im:write" if len(people) == 1 else "mpim:write")
    for one in people:
        user = _find_user(call, one)
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_stranger:
            raise ApiError("user_not_visible")
    # Slack reports whether the conversation was open already.
    before = len(call.state.channels)
    channel = call.state.open_dm(*people)
    status_fields = {} if len(call.state.channels) > before else {"no_op": True, "already_open": True}
    return {**status_fields, "channel": {"id": channel.id}}


def _find_channel(call: ApiCall) -> Channel:
    channel = call.find_visible_channel(call.read_required_text("channel"))
    # Each type of channel has its own scope.
    kind = "im" if channel.is_dm else "groups" if channel.is_private else "channels"
    call.require_scope(f"{kind}:read")
    return channel


def _get_conversation(call: ApiCall) -> Json:
    channel = _find_channel(call)
    body: Json = {
        "id": channel.id,
        "is_channel": not channel.is_dm and not channel.is_private,
        "is_group": channel.is_private,
        "is_im": channel.is_dm,
        "is_private": channel.is_private or channel.is_dm,
        "is_archived": channel.is_archived,
        "is_ext_shared": call.state.is_shared_outside(channel),
        "is_pending_ext_shared": channel.is_pending_share,
        "context_team_id": channel.team,
    }
    if channel.is_dm:
        body["user"] = next(iter(channel.members - {call.bot_in(channel)}))
    else:
        body |= {"name": channel.name, "is_member": call.bot_in(channel) in channel.members}
    if call.read_flag("include_num_members"):
        body["num_members"] = len(channel.members)
    return {"channel": body}


def _list_members(call: ApiCall) -> Json:
    channel = _find_channel(call)
    members = sorted(channel.members)
    cursor = call.read_text("cursor") or "0"
    if not cursor.isdigit():
        raise ApiError("invalid_cursor")
    start = int(cursor)
    end = start + int(call.read_text("limit") or 100)
    following = str(end) if end < len(members) else ""
    return {"members": members[start:end], "response_metadata": {"next_cursor": following}}


def _find_user(call: ApiCall, user_id: str) -> User:
    user = call.state.users.get(user_id)
    if user is None or not call.serves(user.team):
        raise ApiError("user_not_found")
    return user


def _format_user(call: ApiCall, user: User, *, with_locale: bool) -> Json:
    with_email = "users:read.email" in call.token.scopes
    account = user.as_json(now=call.state.now(), with_email=with_email, with_locale=with_locale)
    return account | call.state.format_grid(user)


def _get_user(call: ApiCall) -> Json:
    user = _find_user(call, call.read_required_text("user"))
    return {"user": _format_user(call, user, with_locale=call.read_flag("include_locale"))}


def _look_up_by_email(call: ApiCall) -> Json:
    wanted = call.read_required_text("email").lower()
    for user in call.state.users.values():
        is_known = call.serves(user.team) and not (user.deleted or user.is_bot or user.is_stranger)
        if is_known and user.email.lower() == wanted:
            return {"user": _format_user(call, user, with_locale=False)}
    raise ApiError("users_not_found")


def _get_team(call: ApiCall) -> Json:
    team = call.state.teams[call.token.team]
    body: Json = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}
    if team.enterprise_json:
        body |= {"enterprise_id": team.enterprise, "enterprise_name": team.enterprise_json["name"]}
    return {"team": body}


def _test_auth(call: ApiCall) -> Json:
    # An app-level token has no workspace to describe.
    if not call.token.team:
        return {"app_name": "tvbot", "app_id": "A0SANDBOX"}
    team = call.state.teams[call.token.team]
    body: Json = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": "tvbot",
        "team_id": team.enterprise if call.token.is_org_wide else team.id,
        "user_id": team.bot_user,
        "bot_id": BOT_ID,
        "is_enterprise_install": call.token.is_org_wide,
    }
    return body | ({"enterprise_id": team.enterprise} if team.enterprise else {})


DIRECTORY = {
    "auth.test": ApiMethod(_test_auth),
    "conversations.open": ApiMethod(_open_conversation),
    "conversations.info": ApiMethod(_get_conversation),
    "conversations.members": ApiMethod(_list_members),
    "users.info": ApiMethod(_get_user, ("users:read",)),
    "users.lookupByEmail": ApiMethod(_look_up_by_email, ("users:read.email",)),
    "team.info": ApiMethod(_get_team, ("team:read",)),
}
