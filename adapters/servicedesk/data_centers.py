"""Where each data centre's API, sign-in and pages live."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataCenter:
    """Origins, without a path. Tokens are only good in the data centre that issued them."""

    api_url: str
    accounts_url: str
    web_url: str


def _at(host: str, accounts_host: str) -> DataCenter:
    return DataCenter(f"https://{host}", f"https://{accounts_host}", f"https://{host}")


DATA_CENTERS: dict[str, DataCenter] = {
    "us": _at("sdpondemand.manageengine.com", "accounts.zoho.com"),
    "eu": _at("sdpondemand.manageengine.eu", "accounts.zoho.eu"),
    "in": _at("sdpondemand.manageengine.in", "accounts.zoho.in"),
    "cn": _at("servicedeskplus.cn", "accounts.zoho.com.cn"),
    "jp": _at("servicedeskplus.jp", "accounts.zoho.jp"),
    "au": _at("servicedeskplus.net.au", "accounts.zoho.com.au"),
    "ca": _at("servicedeskplus.ca", "accounts.zohocloud.ca"),
}
"""There is no rule behind the hosts (ServiceDesk Plus Cloud API documentation, Data Centers; au, jp and ca:
Microsoft's certified ServiceDesk Plus Cloud connector)."""
