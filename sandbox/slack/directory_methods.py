"""``conversations.*``, ``users.*`` and ``team.*`` of the Web API: who and what there is."""

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.model import BOT_ID, Channel, Json, User
from sandbox.slack.tokens import ApiError


def _open(call: ApiCall) -> Json:
    people = [one for one in call.text("users").split(",") if one]
    if not people:
        raise ApiError("users_list_not_supplied")
    call.require("im:write" if len(people) == 1 else "mpim:write")
    for one in people:
        user = _person(call, one)
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_stranger:
            raise ApiError("user_not_visible")
    before = len(call.world.channels)
    channel = call.world.open_dm(*people)
    known = {} if len(call.world.channels) > before else {"no_op": True, "already_open": True}
    return {**known, "channel": {"id": channel.id}}


def _channel(call: ApiCall) -> Channel:
    channel = call.visible_channel(call.needed("channel"))
    kind = "im" if channel.is_dm else "groups" if channel.is_private else "channels"
    call.require(f"{kind}:read")
    return channel


def _info(call: ApiCall) -> Json:
    channel = _channel(call)
    told: Json = {
        "id": channel.id,
        "is_channel": not channel.is_dm and not channel.is_private,
        "is_group": channel.is_private,
        "is_im": channel.is_dm,
        "is_private": channel.is_private or channel.is_dm,
        "is_archived": channel.is_archived,
        "is_ext_shared": any(call.world.users[one].is_stranger for one in channel.members),
        "context_team_id": channel.team,
    }
    if channel.is_dm:
        told["user"] = next(iter(channel.members - {call.bot}))
    else:
        told |= {"name": channel.name, "is_member": call.bot in channel.members}
    if call.flag("include_num_members"):
        told["num_members"] = len(channel.members)
    return {"channel": told}


def _members(call: ApiCall) -> Json:
    channel = _channel(call)
    members = sorted(channel.members)
    cursor = call.text("cursor") or "0"
    if not cursor.isdigit():
        raise ApiError("invalid_cursor")
    start = int(cursor)
    end = start + int(call.text("limit") or 100)
    following = str(end) if end < len(members) else ""
    return {"members": members[start:end], "response_metadata": {"next_cursor": following}}


def _person(call: ApiCall, user_id: str) -> User:
    user = call.world.users.get(user_id)
    if user is None or user.team != call.token.team:
        raise ApiError("user_not_found")
    return user


def _as_json(call: ApiCall, user: User, *, with_locale: bool) -> Json:
    with_email = "users:read.email" in call.token.scopes
    return user.as_json(now=call.world.now(), with_email=with_email, with_locale=with_locale)


def _user_info(call: ApiCall) -> Json:
    user = _person(call, call.needed("user"))
    return {"user": _as_json(call, user, with_locale=call.flag("include_locale"))}


def _look_up(call: ApiCall) -> Json:
    wanted = call.needed("email").lower()
    for user in call.world.users.values():
        is_known = user.team == call.token.team and not (user.deleted or user.is_bot or user.is_stranger)
        if is_known and user.email.lower() == wanted:
            return {"user": _as_json(call, user, with_locale=False)}
    raise ApiError("users_not_found")


def _team_info(call: ApiCall) -> Json:
    team = call.world.teams[call.token.team]
    told: Json = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}
    if team.enterprise_json:
        told |= {"enterprise_id": team.enterprise, "enterprise_name": team.enterprise_json["name"]}
    return {"team": told}


def _test(call: ApiCall) -> Json:
    if not call.token.team:
        return {"app_name": "tvbot", "app_id": "A0SANDBOX"}
    team = call.world.teams[call.token.team]
    told: Json = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": "tvbot",
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }
    return told | ({"enterprise_id": team.enterprise} if team.enterprise else {})


DIRECTORY = {
    "auth.test": ApiMethod(_test),
    "conversations.open": ApiMethod(_open),
    "conversations.info": ApiMethod(_info),
    "conversations.members": ApiMethod(_members),
    "users.info": ApiMethod(_user_info, ("users:read",)),
    "users.lookupByEmail": ApiMethod(_look_up, ("users:read.email",)),
    "team.info": ApiMethod(_team_info, ("team:read",)),
}
