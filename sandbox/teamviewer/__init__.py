"""A simulated TeamViewer: its Web API, its OAuth sign-in, and the pages behind its session links."""

from sandbox.teamviewer.model import Account, Connection, Group, Session
from sandbox.teamviewer.options import ALL_SCOPES, Options
from sandbox.teamviewer.sandbox import TeamViewerSandbox

__all__ = ["ALL_SCOPES", "Account", "Connection", "Group", "Options", "Session", "TeamViewerSandbox"]
