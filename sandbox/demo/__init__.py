"""The demo page: a Slack-like chat, the requester's mailbox and phone, and the request, side by side."""

from sandbox.demo.server import Demo
from sandbox.demo.story import tell_story

__all__ = ["Demo", "tell_story"]
