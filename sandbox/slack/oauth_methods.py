"""``oauth.v2.access``, ``auth.revoke`` and ``apps.connections.open`` of the Web API."""

from sandbox.slack.api_call import ApiCall, ApiMethod
from sandbox.slack.model import APP_ID, Json
from sandbox.slack.tokens import TOKEN_SECONDS, ApiError, Token


def _issue_installation_token(call: ApiCall) -> Json:
    _check_client(call)
    if call.read_text("grant_type") == "refresh_token":
        token, refresh = call.state.tokens.refresh_token(call.read_required_text("refresh_token"))
        return _build_installation(call, token, refresh, None)
    if call.read_text("grant_type") not in {"", "authorization_code"}:
        raise ApiError("invalid_grant_type")
    grant = call.state.tokens.redeem_code(call.read_required_text("code"), call.read_text("redirect_uri"))
    is_org_wide = call.state.installs_org_wide and call.state.teams[grant.team].enterprise is not None
    token, refresh = call.state.tokens.issue_token(grant.team, set(grant.scopes), is_org_wide=is_org_wide)
    call.state.changes.notify()
    return _build_installation(call, token, refresh, grant.user)


def _check_client(call: ApiCall) -> None:
    if call.read_text("client_id") != call.state.client_id:
        raise ApiError("invalid_client_id")
    if call.read_text("client_secret") != call.state.client_secret:
        raise ApiError("bad_client_secret")


def _build_installation(call: ApiCall, token: Token, refresh: str | None, user: str | None) -> Json:
    team = call.state.teams[token.team]
    body: Json = {
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(sorted(token.scopes)),
        "bot_user_id": team.bot_user,
        "app_id": APP_ID,
        "team": None if token.is_org_wide else {"id": team.id, "name": team.name},
        "enterprise": team.enterprise_json,
        "is_enterprise_install": token.is_org_wide,
    }
    if user is not None:
        body["authed_user"] = {"id": user}
    if refresh is not None:
        body |= {"refresh_token": refresh, "expires_in": TOKEN_SECONDS}
    return body


def _revoke_token(call: ApiCall) -> Json:
    # Slack only checks the token in test mode.
    if not call.read_flag("test"):
        call.token.is_revoked = True
        call.state.changes.notify()
    return {"revoked": call.token.is_revoked}


def _open_connection(call: ApiCall) -> Json:
    # Only the app-level token may open a websocket.
    if call.token is not call.state.app_token:
        raise ApiError("not_allowed_token_type")
    return {"url": call.state.create_socket_url()}


OAUTH = {
    "oauth.v2.access": ApiMethod(_issue_installation_token, needs_token=False),
    "auth.revoke": ApiMethod(_revoke_token),
    "apps.connections.open": ApiMethod(_open_connection, ("connections:write",)),
}
