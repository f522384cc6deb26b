"""An invitation in a chat, in the words of the session's card and of the note on the request."""

from typing import assert_never

from bot.i18n import Text, _
from bot.model.notice import Channel, Notice, NoticeState


def chat_notice_text(notice: Notice, who: Text | str) -> Text:
    """Return an invitation in a chat in words: its recipient, the chat, its outcome, and the answer “Not now”."""
    chat = _chat_name(notice.channel)
    match notice.state:
        case NoticeState.PENDING:
            said = _("Message to {name} in {chat}: on its way", name=who, chat=chat)
        case NoticeState.SENT:
            said = _("Message to {name} in {chat}: sent", name=who, chat=chat)
        case NoticeState.UNSURE:
            said = _("Message to {name} in {chat}: not sure it was sent", name=who, chat=chat)
        case NoticeState.FAILED | NoticeState.SKIPPED:
            why = notice.problem or _("no reason was given")
            said = _("Message to {name} in {chat}: not sent. {why}", name=who, chat=chat, why=why)
        case _:
            assert_never(notice.state)
    if notice.declined_at is None:
        return said
    return _("{notice}. {name} answered “Not now” at {time}.", notice=said, name=who, time=notice.declined_at)


def no_chat_text() -> Text:
    """Return why no requester is invited in a chat: the settings say so."""
    return _("The bot is set up to invite no requester in a chat.")


def _chat_name(channel: Channel) -> Text | str:
    match channel:
        case Channel.SLACK:
            return "Slack"
        case Channel.TEAMS:
            return "Microsoft Teams"
        case _:
            return _("the chat")
