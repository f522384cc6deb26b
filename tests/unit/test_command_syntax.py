"""The command syntax: how typed text becomes a command, and the hint for text that does not."""

import pytest

from bot.command_syntax import parse_command
from bot.commands import (
    AdminHelp,
    AdminStatus,
    Auth,
    ChangeAdmin,
    Command,
    Create,
    Help,
    History,
    ListOpen,
    Logout,
    Notify,
    OnPlan,
    OnSession,
    OpenForm,
    OpenInviteForm,
    OpenTransferForm,
    PlanSession,
    PlanVerb,
    Show,
    ShowAuditLog,
    ShowHome,
    Status,
    SwitchIntegration,
    SwitchWidget,
    Verb,
    decode_command,
    encode_command,
)
from bot.errors import Misunderstood
from bot.model.ids import Email, RequestNumber
from bot.model.mention import mention_token
from bot.model.session import Kind
from bot.model.switches import Location


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Help()),
        ("help", Help()),
        ("help create", Help("create")),
        ("auth", Auth()),
        ("logout", Logout()),
        ("create 101", Create(RequestNumber("101"))),
        ("create", OpenForm()),
        ("create --pilot", OpenForm(None, Kind.PILOT)),
        ("history tom@Example.test", History(None, 1, Email("tom@example.test"))),
        ("history tom@example.test --page 2", History(None, 2, Email("tom@example.test"))),
        ("admin", AdminHelp()),
        ("admin status", AdminStatus()),
        ("admin status off", SwitchIntegration(on=False)),
        ("admin enable", SwitchIntegration(on=True)),
        ("ADMIN widget off home", SwitchWidget(on=False, location=Location.HOME)),
        (f"admin grant {mention_token('U123', 'Tom Ray')}", ChangeAdmin("U123")),
        (f"admin revoke {mention_token('29:ab-1')}", ChangeAdmin("29:ab-1", on=False)),
        ("admin revoke Tom@Example.test", ChangeAdmin("tom@example.test", on=False)),
        (
            "admin revoke tom_\u2060ray@\u2060example.\u2060test",
            ChangeAdmin("tom_ray@example.test", on=False),
        ),
        ("admin revoke \u202atom@example.test\u202c", ChangeAdmin("tom@example.test", on=False)),
        ("history to\u00adm@exam\u200bple.test\ufeff", History(None, 1, Email("tom@example.test"))),
        ("\u200ecreate \u2060101", Create(RequestNumber("101"))),
        ("end s12-\u2060345-678", OnSession(Verb.END, "s12345678")),
        (
            "create 101 --note \U0001f469\u200d\U0001f4bb at *\u2060desk",
            Create(RequestNumber("101"), note="\U0001f469\u200d\U0001f4bb at *desk"),
        ),
        ("admin audit 5", ShowAuditLog(5)),
        ("  CREATE   #101 ", Create(RequestNumber("101"))),
        ("créer 101", Create(RequestNumber("101"))),
        ("Historique mine", History()),
        ("aide", Help()),
        ("home", ShowHome()),
        ("notify", Notify()),
        ("notify OFF", Notify(on=False)),
        ("prévenir on", Notify(on=True)),
        ("create 101 --another", Create(RequestNumber("101"), another=True)),
        ("create 101 --pilot", Create(RequestNumber("101"), Kind.PILOT)),
        ("create --pilot 101", Create(RequestNumber("101"), Kind.PILOT)),
        ("create 101 —pilot", Create(RequestNumber("101"), Kind.PILOT)),
        ("pilot 101", Create(RequestNumber("101"), Kind.PILOT)),
        ("create 101 --note printer is on fire", Create(RequestNumber("101"), note="printer is on fire")),
        ("create 101 --note “on fire”", Create(RequestNumber("101"), note="on fire")),
        ("create\u00a0１０１", Create(RequestNumber("101"))),
        ("create 00101", Create(RequestNumber("101"))),
        ("show 7", Show(RequestNumber("7"))),
        ("enter 101", OnSession(Verb.ENTER, "101")),
        ("end s12-345-678", OnSession(Verb.END, "s12345678")),
        ("link S12345678", OnSession(Verb.LINK, "s12345678")),
        ("reinvite s119-457-589", OnSession(Verb.REINVITE, "s119457589")),
        ("invite 101", OpenInviteForm("101")),
        ("invite s12 345 678", OpenInviteForm("s12345678")),
        ("transfer 101", OpenTransferForm("101")),
        ("transfer s12 345 678", OpenTransferForm("s12345678")),
        ("list", ListOpen()),
        ("history", History()),
        ("history mine", History()),
        ("history 101 --page 3", History(RequestNumber("101"), 3)),
        ("history --page 2", History(None, 2)),
        ("status", Status()),
        ("start 101", OnPlan(PlanVerb.START, RequestNumber("101"))),
        ("démarrer #101", OnPlan(PlanVerb.START, RequestNumber("101"))),
        ("move 101", OnPlan(PlanVerb.MOVE, RequestNumber("101"))),
        ("Reporter 101 --à demain 9h", OnPlan(PlanVerb.MOVE, RequestNumber("101"), "demain 9h")),
        ("ANNULER 101", OnPlan(PlanVerb.CANCEL, RequestNumber("101"))),
    ],
)
def test_typed_text_is_parsed(line: str, command: Command) -> None:
    assert parse_command(line) == command


OPTION_FOR_A_TIME = (
    "--at",
    "--AT",
    "--At",
    "—at",
    "–at",
    "-at",
    "--à",
    "--À",
    "--a\u0300",
    "--a",
    "--A",
    "—à",
    "-à",
    "−−à",
)
"""As people type it: in English and French, in capitals, with the accent apart or left out, and with dashes of other kinds."""


@pytest.mark.parametrize("option", OPTION_FOR_A_TIME)
def test_option_for_a_time_is_known_however_it_is_typed(option: str) -> None:
    number, at = RequestNumber("101"), "demain 9h"
    assert parse_command(f"create 101 {option} demain 9h") == PlanSession(number, at)
    assert parse_command(f"créer {option} demain 9h") == OpenForm(at=at)
    assert parse_command(f"pilote 101 {option} «demain 9h»") == PlanSession(number, at, Kind.PILOT)
    assert parse_command(f"déplacer 101 {option} demain 9h") == OnPlan(PlanVerb.MOVE, number, at)
    with_note = parse_command(f"create 101 {option} demain 9h --note porte --PILOT")
    assert with_note == PlanSession(number, at, Kind.PILOT, "porte")


@pytest.mark.parametrize("second", ["--at", "--à", "--a"])
def test_option_for_a_time_is_given_once(second: str) -> None:
    with pytest.raises(Misunderstood):
        parse_command(f"create 101 --at 9:00 {second} 10:00")


@pytest.mark.parametrize(
    "line", ["create 101 --à", "create 101 --à bientôt", "déplacer 101 --a", "annuler 101 --à 9h"]
)
def test_option_for_a_time_without_one_is_refused(line: str) -> None:
    with pytest.raises(Misunderstood):
        parse_command(line)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("creat 101", "create"),
        ("101 create", "create 101"),
        ("101", "create 101"),
        ("pilot", "pilot 123"),
        ("admin widget maybe", "admin widget off unfurl"),
        ("admin grant tom", "neither a mention"),
        ("admin nonsense", "admin"),
        ("create abc", "not a request’s number"),
        ("create 101 102 " + "9" * 19, "not a request’s number"),
        ("create 101 --note " + "x" * 501, "500"),
        ("create " + "1" * 19, "not a request’s number"),
        ("create 101; DROP TABLE", "“101;” is not a request’s number"),
        ("end nobody", "neither a request’s number nor a session’s code"),
        ("list everything", "list"),
        ("notify maybe", "notify off"),
        ("history 101 --page zero", "history"),
        ("xyzzy", "help"),
        ("x" * 5000, "1000"),
        ("<!channel> create", "help"),
    ],
)
def test_unparsable_text_is_answered_with_a_hint(line: str, hint: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        parse_command(line)
    assert hint in str(caught.value.text)


@pytest.mark.parametrize(
    "command",
    [
        Help("create"),
        Create(RequestNumber("101"), Kind.PILOT, "note", another=True),
        OnSession(Verb.END, "101"),
        History(RequestNumber("7"), 2),
        Auth(),
    ],
)
def test_button_decodes_to_its_command(command: Command) -> None:
    assert decode_command(encode_command(command)) == command


@pytest.mark.parametrize(
    "written",
    ["", "{}", "[]", '{"do":"create"}', '{"do":"rm"}', '{"do":"create","number":"1","kind":"x"}', "nul"],
)
def test_button_that_was_tampered_with_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the JSON parser has its own texts
        decode_command(written)
