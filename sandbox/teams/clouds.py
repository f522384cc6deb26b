"""What the Microsoft clouds call themselves in tokens (facts from microsoft/teams.py, ``cloud_environment.py``)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

CloudName = Literal["public", "gcc-high", "dod", "china"]


class CloudNames(NamedTuple):
    """The issuer of the tokens that Teams sends, the scope that the bot asks for, and the audience of exchanged tokens."""

    issuer: str
    scope: str
    exchange: str


_US_GOVERNMENT = CloudNames(
    "https://api.botframework.us", "https://api.botframework.us/.default", "api://AzureADTokenExchangeUSGov"
)
CLOUDS: Mapping[CloudName, CloudNames] = {
    "public": CloudNames(
        "https://api.botframework.com", "https://api.botframework.com/.default", "api://AzureADTokenExchange"
    ),
    "gcc-high": _US_GOVERNMENT,
    "dod": _US_GOVERNMENT,
    "china": CloudNames(
        "https://api.botframework.azure.cn",
        "https://api.botframework.azure.cn/.default",
        "api://AzureADTokenExchangeChina",
    ),
}
