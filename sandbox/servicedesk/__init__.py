"""A simulated ServiceDesk Plus Cloud: its API, its Zoho accounts server, and the web page of a request."""

from sandbox.servicedesk.model import STATUSES, ConversationEntry, Request, Status, User, Worklog
from sandbox.servicedesk.sandbox import ServiceDeskSandbox
from sandbox.servicedesk.tenant import SCOPES

__all__ = [
    "SCOPES",
    "STATUSES",
    "ConversationEntry",
    "Request",
    "ServiceDeskSandbox",
    "Status",
    "User",
    "Worklog",
]
