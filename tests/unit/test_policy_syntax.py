"""Rules are typed in few words, stored as they are typed, and read as sentences."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_syntax import parse_command
from bot.commands import AddRule, OpenPolicyForm, RemoveRule, ShowPolicy, TryRule
from bot.errors import Misunderstood
from bot.i18n import Language, Words
from bot.model.ids import Email
from bot.model.policy import Forbid, Hours, Limit, Per, RequireMail, Role, Rule, Scope, Weekday
from bot.model.session import Kind
from bot.policy_syntax import (
    EXAMPLES,
    LONGEST_RULE,
    FormDemand,
    FormFields,
    form_words,
    in_channel,
    parse_rule,
    read_demand,
    rule_words,
)
from bot.views.policy import rule_text

PARIS = Scope(sites=("Paris",))
WORK_DAYS = frozenset({Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI})
TYPED = {
    'no pilot site:"Paris"': Rule(Forbid(), Kind.PILOT, PARIS),
    "NO Pilot sessions SITE:Paris": Rule(Forbid(), Kind.PILOT, PARIS),
    'no pilot site:"Paris - La Défense"': Rule(Forbid(), Kind.PILOT, Scope(sites=("Paris - La Défense",))),
    "no site:Paris site:Lyon site:Paris": Rule(Forbid(), where=Scope(sites=("Paris", "Lyon"))),
    "no sessions except hours:08:00-18:00 days:mon-fri": Rule(
        Forbid(), unless=Scope(hours=(Hours(time(8), time(18)),), days=WORK_DAYS)
    ),
    "no sessions except hours:8–18h days:lun-vendredi": Rule(
        Forbid(), unless=Scope(hours=(Hours(time(8), time(18)),), days=WORK_DAYS)
    ),
    "no hours:22-24 days:fri-mon": Rule(
        Forbid(),
        where=Scope(
            hours=(Hours(time(22), time(0)),),
            days=frozenset({Weekday.FRI, Weekday.SAT, Weekday.SUN, Weekday.MON}),
        ),
    ),
    "no sessions days:sat,sun zone:Europe/Paris": Rule(
        Forbid(), where=Scope(days=frozenset({Weekday.SAT, Weekday.SUN})), zone="Europe/Paris"
    ),
    "at most 3 per technician": Rule(Limit(3)),
    "at most 1 open pilot session in all": Rule(Limit(1, Per.ORGANIZATION), Kind.PILOT),
    "max 20 remote per organisation": Rule(Limit(20, Per.ORGANIZATION), Kind.REMOTE),
    "most 2 role:technician": Rule(Limit(2), where=Scope(roles=(Role.TECHNICIAN,))),
    "mail required pilot": Rule(RequireMail(), Kind.PILOT),
    "mail": Rule(RequireMail()),
    "no pilot technician:INES@example.com": Rule(
        Forbid(), Kind.PILOT, Scope(technicians=(Email("ines@example.com"),))
    ),
    "no sessions channel:C0123ABC channel:private": Rule(Forbid(), where=Scope(channels=("C0123ABC", ""))),
    "no channel:https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/Help?groupId=1": Rule(
        Forbid(), where=Scope(channels=("19:abc@thread.tacv2",))
    ),
    "no channel:https://acme.slack.com/archives/C0123ABC": Rule(
        Forbid(), where=Scope(channels=("C0123ABC",))
    ),
}
REFUSED = {
    "": "A rule is missing",
    "pilot": "A rule begins with",
    "no camera": "“camera” is not understood",
    "no sight:Paris": "“sight:Paris” is not understood",
    "no site:": "site:",
    'no site:"Paris': "not understood",
    "no hours:8": "hours:08:00-18:00",
    "no hours:8-8": "hours:08:00-18:00",
    "no hours:8-25": "hours:08:00-18:00",
    "no days:funday": "days:sat-sun",
    "no zone:Paris": "zone:Europe/Paris",
    "no role:boss": "role:sdadmin",
    "no channel:#support": "is not the id of a channel",
    "no technician:Ines": "e-mail address",
    "no sessions except": "After “except”",
    "at most": "A rule begins with",
    "at most 0": "at most 3",
    "at most 3 site:Paris": "whatever their site or group",
    f"no site:{'x' * LONGEST_RULE}": "Divide it",
}


@pytest.mark.parametrize("words", TYPED)
def test_a_rule_is_read_and_written_again(words: str) -> None:
    rule = parse_rule(words)
    assert rule == TYPED[words]
    assert parse_rule(rule_words(rule)) == rule


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_not_understood_is_explained_by_an_example(words: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        parse_rule(words)
    assert REFUSED[words] in Language("en").say(caught.value.text)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda one: str(one.words))
def test_every_example_of_a_rule_is_a_rule(example: Words) -> None:
    assert isinstance(parse_command(str(example.words)), AddRule)


names = st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=20).map(
    lambda one: " ".join(one.split())
)
scopes = st.builds(
    Scope,
    sites=st.lists(names.filter(bool), max_size=2, unique=True).map(tuple),
    groups=st.lists(names.filter(bool), max_size=2, unique=True).map(tuple),
    channels=st.lists(st.sampled_from(["C0123", "19:abc@thread.tacv2", ""]), unique=True).map(tuple),
    technicians=st.sampled_from([(), (Email("ana@example.com"),)]),
    roles=st.lists(st.sampled_from(Role), unique=True).map(tuple),
    hours=st.lists(
        st.sampled_from([Hours(time(8), time(18)), Hours(time(22, 30), time(6)), Hours(time(18), time(0))]),
        unique=True,
    ).map(tuple),
    days=st.frozensets(st.sampled_from(Weekday)),
)
rules = st.builds(
    Rule,
    st.sampled_from([Forbid(), RequireMail()]),
    st.none() | st.sampled_from(Kind),
    scopes,
    scopes,
    st.sampled_from(["", "Europe/Paris", "America/New_York"]),
)


@given(rules)
def test_every_rule_that_is_short_enough_comes_back_from_its_words(rule: Rule) -> None:
    words = rule_words(rule)
    if len(words) <= LONGEST_RULE:
        assert parse_rule(words) == rule


@given(rules)
def test_every_rule_is_a_sentence_in_every_language(rule: Rule) -> None:
    for language in ("en", "fr"):
        said = Language(language).say(rule_text(rule, "UTC"))
        assert all(one in said for one in (*rule.where.sites, *rule.unless.groups))


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_is_explained(typed: str) -> None:
    for words in (typed, f"no {typed}", f"at most {typed}"):
        try:
            rule = parse_rule(words)
        except Misunderstood:
            continue
        assert parse_rule(rule_words(rule)) == rule


def test_here_is_the_channel_in_which_the_rule_is_typed() -> None:
    rule = parse_rule("no sessions except channel:here")
    assert in_channel(rule, "C1").unless.channels == ("C1",)
    assert in_channel(rule, "").unless.channels == ("",)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("admin policy", ShowPolicy()),
        ("admin policy form", OpenPolicyForm()),
        ("admin policy remove 3", RemoveRule(3)),
        ('admin policy try no pilot site:"Paris – Nord"', TryRule('no pilot site:"Paris – Nord"')),
        ("admin policy ADD no pilot", AddRule("no pilot")),
    ],
)
def test_words_of_the_administration(typed: str, command: object) -> None:
    assert parse_command(typed) == command


@pytest.mark.parametrize("typed", ["admin policy remove", "admin policy remove x", "admin policy remove 0"])
def test_a_rule_is_removed_by_its_number(typed: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        parse_command(typed)
    assert "type its number" in str(caught.value.text)


def test_an_unknown_word_gets_an_example() -> None:
    with pytest.raises(Misunderstood) as caught:
        parse_command("admin policy delete 3")
    assert caught.value.text.values["words"] == ADMIN_COMMAND_TABLE["policy"].example


@pytest.mark.parametrize(
    ("words", "english", "french"),
    [
        (
            'no pilot site:"Paris" except hours:08:00-18:00 days:mon-fri',
            "No Pilot sessions for site “Paris”, except from 08:00 to 18:00 from Monday to Friday (time zone UTC)",
            "Aucune session Pilot pour le site « Paris », sauf de 08:00 à 18:00 du lundi au vendredi (fuseau UTC)",
        ),
        (
            "at most 1 per technician",
            "At most 1 open session for each technician",
            "Au plus 1 session ouverte par technicien",
        ),
        (
            "at most 20 pilot in all role:technician",
            "At most 20 open Pilot sessions in the whole organization by technicians who are not SDAdmins",
            "Au plus 20 sessions Pilot ouvertes dans toute l’organisation par les techniciens qui ne sont pas SDAdmins",
        ),
        (
            "mail site:Paris site:Lyon",
            "The requester must get an e-mail for site “Paris” or “Lyon”",
            "Le demandeur doit être prévenu par e-mail pour le site « Paris » ou « Lyon »",
        ),
        (
            "no sessions channel:private days:sat,sun hours:18-24",
            "No sessions in private chats with the bot from 18:00 to 24:00 on Saturday or Sunday (time zone UTC)",
            "Aucune session dans les conversations privées avec le bot de 18:00 à 24:00 le samedi ou dimanche (fuseau UTC)",
        ),
    ],
)
def test_a_rule_is_a_plain_sentence(words: str, english: str, french: str) -> None:
    text = rule_text(parse_rule(words), "UTC")
    assert Language("en").say(text) == english
    assert Language("fr").say(text).replace("\u00a0", " ") == french


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (FormFields(FormDemand.NO_PILOT, site='Paris "Nord"'), 'no pilot site:"Paris Nord"'),
        (
            FormFields(FormDemand.NO_SESSIONS, hours="08:00 - 18:00", days="mon-fri"),
            "no sessions except hours:08:00-18:00 days:mon-fri",
        ),
        (FormFields(FormDemand.MOST_PER_TECHNICIAN, most=" 3"), "at most 3 per technician"),
        (FormFields(FormDemand.MOST_IN_ALL, most="9"), "at most 9 per organization"),
        (FormFields(FormDemand.MAIL, group="Network"), 'mail sessions group:"Network"'),
        (FormFields(FormDemand.NO_REMOTE, channel="C0123"), 'no remote channel:"C0123"'),
    ],
)
def test_a_form_becomes_the_words_of_its_rule(sent: FormFields, words: str) -> None:
    assert form_words(sent) == words
    parse_rule(words)


def test_only_what_the_form_offers_can_be_chosen() -> None:
    assert read_demand("no pilot") is FormDemand.NO_PILOT
    for chosen in ("", "None", "no sessions at all"):
        with pytest.raises(Misunderstood):
            read_demand(chosen)


def test_a_limit_in_the_form_needs_a_number() -> None:
    with pytest.raises(Misunderstood):
        form_words(FormFields(FormDemand.MOST_IN_ALL))
