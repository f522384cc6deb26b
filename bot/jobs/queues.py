"""The queues of jobs."""

from enum import StrEnum


class Queue(StrEnum):
    """A queue of jobs. Each has slots of its own in every process: jobs that wait delay only jobs of their own queue."""

    LOCAL = "local"
    """Reads and writes the bot's own tables only."""
    SWEEP = "sweep"
    CREATE = "create"
    END = "end"
    FOLLOW_UP = "follow_up"
    """Work at TeamViewer that nobody waits for."""
    MESSAGE = "message"
    """Private messages that go to whichever of a person's chats takes them."""
    NOTE = "note"
    LOOK_UP = "look_up"
    # This is one queue for each channel: replies, mails and SMS.
    NOTICE = "notice"
    # Each of these is one queue for each chat platform.
    CARD = "card"
    HOME = "home"
    PREVIEW = "preview"
    ANSWER = "answer"
    # This is one queue for each sender. Its jobs run one at a time, in the order in which they were enqueued.
    SENDER = "sender"
