"""The demo page: a Slack-like chat, the requester's mailbox and phone, and the request, side by side."""

from sandbox.demo.routes import DemoRoutes
from sandbox.demo.scenario import create_scenario

__all__ = ["DemoRoutes", "create_scenario"]
