"""A simulated ServiceDesk Plus Cloud: its API, its accounts server and the page of a request."""

from sandbox.servicedesk.model import STATUSES, Entry, Request, Status, User, Worklog
from sandbox.servicedesk.sandbox import ServiceDeskSandbox
from sandbox.servicedesk.tenant import SCOPES

__all__ = ["SCOPES", "STATUSES", "Entry", "Request", "ServiceDeskSandbox", "Status", "User", "Worklog"]
