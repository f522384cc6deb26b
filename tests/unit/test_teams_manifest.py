"""The Teams manifest: valid by Microsoft's own schema, made from the command table, with few permissions."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from support.teams_package import APP_ID, URL, Builder, problems

from bot.command_syntax import COMMAND_TABLE, parse_command
from bot.commands import AdminHelp, Auth, Create, Help, History, OnSession, OpenForm, Show
from bot.errors import Misunderstood
from bot.i18n import LANGUAGES, Language
from manifest.teams.permissions import PERMISSIONS, render_permission_table

MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"
MENU = 10
"""The most commands in a menu by Teams' manual. Its schema allows more."""
NOT_OFFERED = {
    "cancel", "hello", "invite", "leave", "move", "outage", "renew", "start", "transfer", "uninvite",
}  # fmt: skip
"""Nobody looks a greeting up. For the others there are buttons, and a menu has no place for an eleventh command."""


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Builder:
    return Builder(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--url", f"{URL}:8443/"],
        ["--app-id", APP_ID.upper()],
        ["--app-version", "2.10.0"],
        ["--servicedesk-url", "https://sdpondemand.manageengine.eu/app/itdesk"],
        [
            "--privacy-url",
            "https://example.com/privacy?of=apps#tv",
            "--terms-url",
            "https://example.com/terms",
        ],
    ],
)
def test_manifest_is_valid_by_microsofts_schema(build: Builder, options: list[str]) -> None:
    """The schema refuses a name that is too long, so this test can fail."""
    manifest = build(*options).manifest
    assert problems("teams-manifest.v1.29.json", manifest) == []
    manifest["name"]["short"] = "longer than what Teams shows of it"
    assert len(problems("teams-manifest.v1.29.json", manifest)) == 1


def test_app_bot_and_extension_have_one_id(build: Builder) -> None:
    """The spelling of the id makes no difference."""
    for typed in (APP_ID, APP_ID.upper(), f" {APP_ID} "):
        manifest = build("--app-id", typed).manifest
        ids = {manifest["id"], manifest["bots"][0]["botId"], manifest["composeExtensions"][0]["botId"]}
        assert ids == {APP_ID}


def test_manifest_has_the_domain_of_the_bot(build: Builder) -> None:
    """Domains have no scheme. The pages are the bot's own."""
    manifest = build("--url", "https://TVbot.example.com:8443/").manifest
    assert manifest["validDomains"] == ["tvbot.example.com:8443"]
    assert manifest["developer"] == {
        "name": "tvbot",
        "websiteUrl": f"{URL}:8443/about",
        "privacyUrl": f"{URL}:8443/about#privacy",
        "termsOfUseUrl": f"{URL}:8443/about#terms",
    }


def test_given_pages_of_the_organisation_are_used(build: Builder) -> None:
    options = ("--privacy-url", "https://example.com/privacy", "--terms-url", "https://example.com/terms")
    developer = build(*options).manifest["developer"]
    assert developer["privacyUrl"] == "https://example.com/privacy"
    assert developer["termsOfUseUrl"] == "https://example.com/terms"
    assert developer["websiteUrl"] == f"{URL}/about"


def test_links_to_requests_are_unfurled(build: Builder) -> None:
    """Each domain is listed once, without scheme or path."""
    urls = ("https://Desk.example.com/app/a", "https://desk.example.com", "https://sdp.example.org")
    options = [part for url in urls for part in ("--servicedesk-url", url)]
    (handler,) = build(*options).manifest["composeExtensions"][0]["messageHandlers"]
    assert handler == {"type": "link", "value": {"domains": ["desk.example.com", "sdp.example.org"]}}
    (handler,) = build().manifest["composeExtensions"][0]["messageHandlers"]
    assert handler["value"]["domains"] == ["sdpondemand.manageengine.com"]


def test_message_extension_searches_and_creates(build: Builder) -> None:
    search, create = build().manifest["composeExtensions"][0]["commands"]
    assert (search["id"], search["type"], search["initialRun"]) == ("searchRequests", "query", True)
    assert [parameter["name"] for parameter in search["parameters"]] == ["query"]
    assert (create["id"], create["type"], create["fetchTask"]) == ("createSession", "action", True)
    assert create["context"] == ["compose", "message"]


def test_menus_contain_commands_of_the_table(build: Builder) -> None:
    """They are in the table's order, with the texts of help, and no more than Teams shows."""
    package = build()
    (bot,) = package.manifest["bots"]
    assert [menu["scopes"] for menu in bot["commandLists"]] == [["personal"], ["team", "groupChat"]]
    for menu in bot["commandLists"]:
        titles = [command["title"] for command in menu["commands"]]
        assert len(titles) <= MENU
        assert titles == [name for name in COMMAND_TABLE if name in titles]
        for command in menu["commands"]:
            assert command["description"] == Language("en").say(COMMAND_TABLE[command["title"]].summary)
    offered = {command["title"] for menu in bot["commandLists"] for command in menu["commands"]}
    assert offered == set(COMMAND_TABLE) - NOT_OFFERED


def test_text_from_a_menu_is_parsed(build: Builder) -> None:
    """The command is parsed alone, or with what its usage pattern asks for."""
    understood = {
        command["title"]: _read(command["title"])
        for menu in build().manifest["bots"][0]["commandLists"]
        for command in menu["commands"]
    }
    assert {word: type(understood[word]) for word in ("create", "show", "end", "admin", "help", "auth")} == {
        "create": OpenForm,
        "show": Show,
        "end": OnSession,
        "admin": AdminHelp,
        "help": Help,
        "auth": Auth,
    }
    assert type(understood["pilot"]) is Create
    assert type(understood["history"]) is History


def _read(title: str) -> object:
    with suppress(Misunderstood):
        return parse_command(title)
    return parse_command(f"{title} 123")


def test_menu_titles_are_not_translated(build: Builder) -> None:
    """Teams puts the title into the message, and the parser is certain to know the English words."""
    package = build()
    for language in LANGUAGES:
        assert not [path for path in package.sentences(language) if re.match(r"bots.*\.title$", path)]


def test_manifest_asks_for_the_fewest_permissions(build: Builder) -> None:
    """Each permission has a reason; no rights over teams, chats, devices or Graph."""
    manifest = build().manifest
    assert manifest["permissions"] == ["identity", "messageTeamMembers"]
    assert all(PERMISSIONS[permission] for permission in manifest["permissions"])
    assert not manifest.keys() & {"authorization", "webApplicationInfo", "devicePermissions"}
    assert manifest["bots"][0]["scopes"] == ["personal", "team", "groupChat"]


def test_app_can_be_added_to_channels(build: Builder) -> None:
    """Teams refuses an upload that has the scope team without this, though the schema does not ask for it."""
    assert build().manifest["supportsChannelFeatures"] == "tier1"


def test_version_is_the_products_or_the_given_one(build: Builder) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", build().manifest["version"])
    assert build("--app-version", "1.0.1").manifest["version"] == "1.0.1"


def test_manual_lists_every_permission() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    between = manual.split("<!-- permissions -->\n")[1].split("\n<!-- /permissions -->")[0]
    assert between == render_permission_table()
