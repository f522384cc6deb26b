"""Installing: ``oauth.v2.access``, ``auth.revoke`` and ``apps.connections.open`` of the Web API."""

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.model import APP_ID, Json
from sandbox.slack.tokens import TOKEN_SECONDS, ApiError, Token


def _access(call: ApiCall) -> Json:
    _check_client(call)
    if call.text("grant_type") == "refresh_token":
        token, refresh = call.world.tokens.refresh(call.needed("refresh_token"))
        return _installation(call, token, refresh, None)
    if call.text("grant_type") not in {"", "authorization_code"}:
        raise ApiError("invalid_grant_type")
    grant = call.world.tokens.redeem(call.needed("code"), call.text("redirect_uri"))
    token, refresh = call.world.tokens.issue(grant.team, set(grant.scopes))
    call.world.changes.touch()
    return _installation(call, token, refresh, grant.user)


def _check_client(call: ApiCall) -> None:
    if call.text("client_id") != call.world.client_id:
        raise ApiError("invalid_client_id")
    if call.text("client_secret") != call.world.client_secret:
        raise ApiError("bad_client_secret")


def _installation(call: ApiCall, token: Token, refresh: str | None, user: str | None) -> Json:
    team = call.world.teams[token.team]
    told: Json = {
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(sorted(token.scopes)),
        "bot_user_id": team.bot_user,
        "app_id": APP_ID,
        "team": {"id": team.id, "name": team.name},
        "enterprise": team.enterprise_json,
        "is_enterprise_install": False,
    }
    if user is not None:
        told["authed_user"] = {"id": user}
    if refresh is not None:
        told |= {"refresh_token": refresh, "expires_in": TOKEN_SECONDS}
    return told


def _revoke(call: ApiCall) -> Json:
    if not call.flag("test"):
        call.token.is_revoked = True
        call.world.changes.touch()
    return {"revoked": call.token.is_revoked}


def _connect(call: ApiCall) -> Json:
    if call.token is not call.world.app_token:
        raise ApiError("not_allowed_token_type")
    return {"url": call.world.open_link()}


OAUTH = {
    "oauth.v2.access": ApiMethod(_access, needs_token=False),
    "auth.revoke": ApiMethod(_revoke),
    "apps.connections.open": ApiMethod(_connect, ("connections:write",)),
}
