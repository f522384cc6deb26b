"""The Microsoft clouds that Teams runs in, and what differs between them for a bot."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.values import value_class


@value_class
class Cloud:
    """One Microsoft cloud.

    Attributes:
        issuer: The issuer of the tokens with which Teams calls the bot.
        scope: The scope of the token with which the bot calls the Bot Connector.
        token_url: Where Microsoft Entra ID issues that token, with ``{tenant}`` in place of the tenant's id.
        exchange_audience: Whom a managed identity's token is for that Entra ID exchanges for the app's token.
        openid_url: The metadata that names the keys of the issuer.
    """

    issuer: str
    scope: str
    exchange_audience: str
    token_url: str
    openid_url: str


_US_GOVERNMENT = Cloud(
    issuer="https://api.botframework.us",
    scope="https://api.botframework.us/.default",
    exchange_audience="api://AzureADTokenExchangeUSGov",
    token_url="https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
    openid_url="https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
)

CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        "public": Cloud(
            issuer="https://api.botframework.com",
            scope="https://api.botframework.com/.default",
            exchange_audience="api://AzureADTokenExchange",
            token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
            openid_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
        ),
        # The two differ only in services that the bot does not use: user tokens and Microsoft Graph.
        "gcc-high": _US_GOVERNMENT,
        "dod": _US_GOVERNMENT,
        "china": Cloud(
            issuer="https://api.botframework.azure.cn",
            scope="https://api.botframework.azure.cn/.default",
            exchange_audience="api://AzureADTokenExchangeChina",
            token_url="https://login.partner.microsoftonline.cn/{tenant}/oauth2/v2.0/token",  # noqa: S106 - an address
            openid_url="https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
        ),
    }
)
"""The clouds by the name in the setting ``TEAMS_CLOUD``.

Source: ``cloud_environment.py`` of Microsoft's Teams SDK (microsoft/teams.py); for the audiences, "Configure an
application to trust a managed identity" (Microsoft Entra workload identity). The values of the other clouds were not
tried with a real tenant. Service URLs need no row: in every cloud an activity's service URL counts only if its signed
token names the same one.
"""
