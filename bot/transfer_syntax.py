"""Read what is typed after ``transfer``: the session, and the colleague."""

from bot.admin_command_syntax import ADDRESS
from bot.command_options import read_arguments
from bot.command_row import CommandRow, usage_error
from bot.commands import AnswerOffer, Command, OpenTransferForm, Transfer, WithdrawOffer
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import email, request_number, session_code
from bot.model.mention import name_mentions, parse_mention


def parse_transfer(row: CommandRow, rest: str) -> Command:
    """Read the session and the colleague. Raises Misunderstood.

    A code may be written in several words. So the colleague is the last word, where it is a mention or an address.
    """
    arguments = read_arguments(row, rest)
    words = arguments.words.split()
    if not words:
        raise usage_error(row)
    whom = _parse_colleague(words[-1])
    session = " ".join(words if whom is None else words[:-1])
    reference = request_number(session) or session_code(session)
    if reference is None:
        raise _misunderstood(row, words)
    if arguments.options:
        # One of them, and no colleague with it.
        (option, *more) = arguments.options
        if whom is not None or more:
            raise usage_error(row)
        return (
            WithdrawOffer(reference) if option == "withdraw" else AnswerOffer(reference, option == "accept")
        )
    return OpenTransferForm(reference) if whom is None else Transfer(reference, whom)


def _parse_colleague(word: str) -> str | None:
    mention = parse_mention(word)
    if mention is not None:
        return mention.user
    return email(word) if ADDRESS.fullmatch(word) else None


def _misunderstood(row: CommandRow, words: list[str]) -> Misunderstood:
    first = request_number(words[0]) or session_code(words[0])
    if first is not None and len(words) > 1:
        return Misunderstood(
            _(
                "“{text}” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type the address: {words}",
                text=name_mentions(" ".join(words[1:]))[:40],
                words=row.example_with_address,
            )
        )
    return Misunderstood(
        _(
            "“{text}” is neither a request’s number nor a session’s code. For example: {words}",
            text=name_mentions(words[0])[:40],
            words=row.example,
        )
    )
