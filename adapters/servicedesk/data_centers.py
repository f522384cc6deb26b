"""The addresses of each data centre, and its country."""

from collections.abc import Sequence

from bot.values import value_class


@value_class
class DataCenter:
    """Three origins, without a path. A token is valid only in the data centre that issued it.

    ``country`` is an ISO 3166 code. None: the data centre serves several countries.
    """

    api_url: str
    accounts_url: str
    web_url: str
    country: str | None


def _data_center(host: str, accounts_host: str, country: str | None) -> DataCenter:
    return DataCenter(f"https://{host}", f"https://{accounts_host}", f"https://{host}", country)


DATA_CENTERS: dict[str, DataCenter] = {
    "us": _data_center("sdpondemand.manageengine.com", "accounts.zoho.com", "US"),
    "eu": _data_center("sdpondemand.manageengine.eu", "accounts.zoho.eu", None),
    "in": _data_center("sdpondemand.manageengine.in", "accounts.zoho.in", "IN"),
    "cn": _data_center("servicedeskplus.cn", "accounts.zoho.com.cn", "CN"),
    "jp": _data_center("servicedeskplus.jp", "accounts.zoho.jp", "JP"),
    "au": _data_center("servicedeskplus.net.au", "accounts.zoho.com.au", "AU"),
    "ca": _data_center("servicedeskplus.ca", "accounts.zohocloud.ca", "CA"),
}
"""The hosts follow no rule (ServiceDesk Plus Cloud API documentation, Data Centers; for au, jp and ca: Microsoft's
certified ServiceDesk Plus Cloud connector)."""


def choose_web_urls(configured: Sequence[str], data_center: str) -> Sequence[str]:
    """Return the addresses of the pages of requests: those in the settings, or else the data centre's."""
    return configured or [DATA_CENTERS[data_center].web_url]
