"""Turn the code of the Zoho API console into a refresh token, for ``tvbot setup``."""

from adapters.http import new_http_client
from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.servicedesk.oauth import redeem_grant_code
from adapters.settings import Settings, reveal_setting
from bot.errors import Unavailable
from bot.model.secret import Secret


async def exchange_code(settings: Settings, code: str) -> str | None:
    """Return the refresh token for a code. None: it is no code, or it has ended, or Zoho does not answer.

    A code and a refresh token look the same, and a code works once. So the answer is tried as a code first.
    """
    if not settings.servicedesk_client_id or not settings.servicedesk_client_secret:
        return None
    center = DATA_CENTERS[settings.servicedesk_data_center]
    async with new_http_client() as http:
        try:
            token = await redeem_grant_code(
                http,
                settings.servicedesk_accounts_url or center.accounts_url,
                settings.servicedesk_client_id,
                reveal_setting(settings.servicedesk_client_secret),
                Secret(code),
            )
        except Unavailable:
            # The checks of the step say it.
            return None
    return token.reveal() if token else None
