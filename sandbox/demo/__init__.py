"""The demo page: Slack and Teams chats, the requester's mailbox and phone, and the request, side by side."""

from sandbox.demo.routes import DemoRoutes
from sandbox.demo.scenario import create_scenario

__all__ = ["DemoRoutes", "create_scenario"]
