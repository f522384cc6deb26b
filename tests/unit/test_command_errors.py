"""Each way to mistype a command has its own answer. It quotes what was typed and says what to type."""

import pytest

from bot.command_options import no_arguments
from bot.command_row import CommandRow, Menu
from bot.command_syntax import menu_rows, parse_command, typed_form
from bot.commands import (
    ChangeAdmin,
    Command,
    ConfirmAccount,
    Create,
    CreateSeveral,
    History,
    OnSession,
    OpenForm,
    ShowAuditLog,
    Status,
    Verb,
)
from bot.errors import Misunderstood
from bot.i18n import Words, _
from bot.model.ids import Email, RequestNumber
from bot.model.mention import mention_token
from bot.model.session import Kind

NUMBER = RequestNumber("101")
OTHERS = (RequestNumber("102"), RequestNumber("103"))
CREATE = '`/tv create 123 --note "printer jam"`'
DIFFERENTLY = "This command is typed differently. For example:"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("foo", "Unknown command “foo”. Type `/tv help` to see all commands."),
        ("x" * 60, f"Unknown command “{'x' * 40}”. Type `/tv help` to see all commands."),
        ("creat 101", "Unknown command “creat”. Did you mean `/tv create`?"),
        ("101", "Say what to do with request 101, for example `/tv create 101`."),
        ("101 foo", "Say what to do with request 101, for example `/tv create 101`."),
        ("101 show now please", "Put the command first: type `/tv show 101`."),
        ("s12-345-678 END", "Put the command first: type `/tv end s12-345-678`."),
        ("show", f"{DIFFERENTLY} `/tv show 123`"),
        ("show abc", "“abc” is not a request’s number. For example: `/tv show 123`"),
        ("show " + "a" * 50, f"“{'a' * 40}” is not a request’s number. For example: `/tv show 123`"),
        ("create 101 x102 103", f"“x102” is not a request’s number. For example: {CREATE}"),
        ("pilot 101 102 abc", "“abc” is not a request’s number. For example: `/tv pilot 123`"),
        (
            "create " + " ".join(map(str, range(101, 112))),
            "One command takes 10 requests at most: nothing was done. For example: `/tv create 123 124 125`",
        ),
        (
            "create 101 --notes x",
            "There is no option “--notes”. Did you mean “--note”? Nothing was done.",
        ),
        (
            "create 101 --note",
            f"The option “--note” needs a text, for example {CREATE}. Nothing was done.",
        ),
        (
            "pilot 101 --note=",
            'The option “--note” needs a text, for example `/tv pilot 123 --note "broken cable"`. Nothing was done.',
        ),
        ("create 101 --note a --note b", f"The option “--note” is given twice. For example: {CREATE}"),
        (
            "create 101 --pilot=yes",
            "The option “--pilot” takes no text. For example: `/tv create 123 --pilot`",
        ),
        (
            "create #102 --foo",
            (
                "There is no option “--foo”. If it belongs to a note, put the note in quotation marks. "
                f"For example: {CREATE}"
            ),
        ),
        (
            "list --page",
            "The option “--page” needs a number, for example `/tv list --page 2`. Nothing was done.",
        ),
        (
            "history 101 --page zero",
            "The option “--page” needs a number, for example `/tv history --page 2`. Nothing was done.",
        ),
        ("show 101 --page 2", "There is no option “--page” here. For example: `/tv show 123`"),
        ("admin --foo", "There is no option “--foo” here. For example: `/tv admin status`"),
        ("pilot", f"{DIFFERENTLY} `/tv pilot 123`"),
        (
            "create 101 --note " + "x" * 501,
            "The note is too long: 500 characters at most. Nothing was done.",
        ),
        ("end", f"{DIFFERENTLY} `/tv end 123`"),
        (
            "end " + "nobody" * 10,
            (
                f"“{('nobody' * 10)[:40]}” is neither a request’s number nor a session’s code. "
                "For example: `/tv end 123`"
            ),
        ),
        ("list all", f"{DIFFERENTLY} `/tv list`"),
        (
            "list --page 0",
            "The option “--page” needs a number, for example `/tv list --page 2`. Nothing was done.",
        ),
        ("history 101 102", f"{DIFFERENTLY} `/tv history 123`"),
        (
            "history --page 0",
            "The option “--page” needs a number, for example `/tv history --page 2`. Nothing was done.",
        ),
        (
            "history foo",
            "“foo” is not a request’s number. For example: `/tv history 123`",
        ),
        ("admin foo", "Unknown command “admin foo”. Type `/tv admin` to see all admin commands."),
        ("admin status maybe", f"{DIFFERENTLY} `/tv admin status off`"),
        ("admin widget on cellar", f"{DIFFERENTLY} `/tv admin widget off unfurl`"),
        (
            "admin grant @ines",
            (
                "“@ines” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type "
                "the address: `/tv admin grant ines@example.com`"
            ),
        ),
        (
            "invite 101 @ines",
            (
                "“@ines” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type "
                "the address: `/tv invite 123 ines@example.com`"
            ),
        ),
        (
            "uninvite 101 @ines",
            (
                "“@ines” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type "
                "the address: `/tv uninvite 123 ines@example.com`"
            ),
        ),
        (
            "admin revoke tom",
            (
                "“tom” is neither a mention nor an e-mail address. Choose the person in the list that opens after @, or type "
                "the address: `/tv admin revoke ines@example.com`"
            ),
        ),
        ("admin grant", f"{DIFFERENTLY} `/tv admin grant ines@example.com`"),
        (
            "admin confirm tom@example.test",
            (
                "“tom@example.test” is not a mention. Choose the person in the list that opens after @. An e-mail address does "
                "not say which account is meant."
            ),
        ),
        ("admin audit 0", f"{DIFFERENTLY} `/tv admin audit 20`"),
        ("admin audit ten", f"{DIFFERENTLY} `/tv admin audit 20`"),
        ("admin audit ٣", f"{DIFFERENTLY} `/tv admin audit 20`"),
        ("admin enable now", f"{DIFFERENTLY} `/tv admin enable`"),
        (
            "x" * 1001,
            "That is too long: keep a command under 1000 characters. Nothing was done.",
        ),
    ],
)
def test_a_mistyped_command_is_explained(line: str, sentence: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        parse_command(line)
    assert str(caught.value.text) == sentence


@pytest.mark.parametrize(
    ("note", "read"),
    [
        (" what she sees", "what she sees"),
        ("=what she sees", "what she sees"),
        (' "what she sees"', "what she sees"),
        (' "', '"'),
        ("=Xylophone", "Xylophone"),
        (' "open', '"open'),
        (" " + "x" * 500, "x" * 500),
        (f" ask {mention_token('U1', 'Tom Ray')}", "ask @Tom Ray"),
        (' "one --note two"', "one --note two"),
        (" floor 3 - left – right", "floor 3 - left – right"),
        (" call —urgent", "call —urgent"),
        (' say "hi" now', 'say "hi" now'),
    ],
)
def test_a_note_is_read_as_it_was_meant(note: str, read: str) -> None:
    assert parse_command(f"create 101 --note{note}") == Create(NUMBER, note=read)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("create --PILOT 101 --another", Create(NUMBER, Kind.PILOT, another=True)),
        ("create 101 --another", Create(NUMBER, Kind.REMOTE, another=True)),
        ("create 101", Create(NUMBER, Kind.REMOTE, another=False)),
        ("pilot 101 --note x", Create(NUMBER, Kind.PILOT, "x")),
        ("create --pilot --note x", OpenForm(None, Kind.PILOT, "x")),
        ("create --note x", OpenForm(None, Kind.REMOTE, "x")),
        ("end S12-345-678", OnSession(Verb.END, "s12345678")),
        ("enter #101", OnSession(Verb.ENTER, "101")),
        ("history", History(None, 1)),
        ("history MINE --PAGE 3", History(None, 3)),
        ("history Tom@Example.test --page 2", History(None, 2, Email("tom@example.test"))),
        (f"admin grant {mention_token('U1')}", ChangeAdmin("U1", on=True)),
        (f"admin revoke {mention_token('U1')}", ChangeAdmin("U1", on=False)),
        ("admin revoke Tom@Example.test", ChangeAdmin("tom@example.test", on=False)),
        ("admin grant Tom@Example.test", ChangeAdmin("tom@example.test", on=True)),
        ("create 101 --note x --pilot", Create(NUMBER, Kind.PILOT, "x")),
        ("create 101 --note x —pilot", Create(NUMBER, Kind.PILOT, "x")),
        ("create --note x --pilot 101", Create(NUMBER, Kind.PILOT, "x")),
        ("create 101 --note=x --another", Create(NUMBER, note="x", another=True)),
        ("pilot 101 --pilot", Create(NUMBER, Kind.PILOT)),
        ("create 101 102 #103", CreateSeveral((NUMBER, *OTHERS))),
        ("create 101, 102,103", CreateSeveral((NUMBER, *OTHERS))),
        ("create 101 102 0102 101 103", CreateSeveral((NUMBER, *OTHERS))),
        ("create 101 101", Create(NUMBER)),
        ("create 101 102 --pilot 103 --another", CreateSeveral((NUMBER, *OTHERS), Kind.PILOT, another=True)),
        ("pilot 101 102 103 --note x", CreateSeveral((NUMBER, *OTHERS), Kind.PILOT, "x")),
        ("history --page 2 101", History(NUMBER, 2)),
        (f"admin confirm {mention_token('U1')}", ConfirmAccount("U1")),
        ("admin audit", ShowAuditLog()),
        ("admin audit 1", ShowAuditLog(1)),
    ],
)
def test_a_command_is_read_with_all_its_options(line: str, command: object) -> None:
    assert parse_command(line) == command


def test_the_longest_command_is_read() -> None:
    assert parse_command("create 101 --note " + "x" * 500 + " " * 482) == Create(NUMBER, note="x" * 500)


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        (Create(NUMBER), "create 101"),
        (CreateSeveral((NUMBER, *OTHERS), note="x", another=True), "create 101 102 103 --another --note x"),
        (CreateSeveral((NUMBER, *OTHERS), Kind.PILOT), "pilot 101 102 103"),
        (
            Create(NUMBER, Kind.PILOT, "what she sees", another=True),
            "pilot 101 --another --note what she sees",
        ),
        (History(), "history mine"),
        (History(NUMBER, 2), "history 101 --page 2"),
        (History(None, 1, Email("tom@example.test")), "history tom@example.test"),
        (OnSession(Verb.END, "0123456789abcdef"), "end s12-345-678"),
    ],
)
def test_what_to_type_for_a_button_is_as_short_as_it_can_be(command: Command, typed: str) -> None:
    assert typed_form(command, "s12-345-678") == typed


def test_each_menu_offers_what_people_do_there() -> None:
    assert {"auth", "logout", "list", "status", "home"} <= {row.name for row in menu_rows(Menu.PERSONAL)}
    assert {"enter", "end", "link", "reinvite", "admin"} <= {row.name for row in menu_rows(Menu.SHARED)}
    assert not {"auth", "logout"} & {row.name for row in menu_rows(Menu.SHARED)}


def test_command_without_arguments_is_read_and_anything_after_it_is_refused() -> None:
    parse = no_arguments(Status())
    row = CommandRow("status", "", _("Show the state of the integration."), (_("status"),), parse)
    assert parse(row, "") == Status()
    with pytest.raises(Misunderstood) as caught:
        parse(row, "now")
    assert caught.value.text.values["words"] == Words(_("status"))
