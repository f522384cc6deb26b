"""The command table: every command with its words, its examples and its parser. Help, hints and menus read it."""

from functools import partial

from bot.admin_command_syntax import parse_admin_command
from bot.colleague_syntax import parse_invite, parse_leave, parse_uninvite
from bot.command_options import no_arguments
from bot.command_parsers import (
    parse_create,
    parse_greeting,
    parse_help,
    parse_history,
    parse_list,
    parse_logout,
    parse_notify,
    parse_on_plan,
    parse_on_session,
    parse_outage,
    parse_show,
)
from bot.command_row import CommandRow, Menu
from bot.commands import Auth, PlanVerb, ShowHome, Status, Verb
from bot.i18n import _
from bot.model.session import Kind
from bot.transfer_syntax import parse_transfer
from bot.typed_text import without_accents

_BOTH_MENUS = Menu.PERSONAL | Menu.SHARED
_ROWS = (
    CommandRow(
        "create",
        "[N…] [--pilot] [--at TIME] [--another] [--no-chat] [--note TEXT]",
        _("Create a session for each request and send the links; without a number, a form opens."),
        (
            _('create 123 --note "printer jam"'),
            _("create 123"),
            _("create 123 124 125"),
            _("create 123 --pilot"),
            _('create 123 --at "tomorrow 9:00"'),
            _("create 123 --another"),
            _("create 123 --no-chat"),
        ),
        partial(parse_create, Kind.REMOTE),
        also=("creer",),
        menus=_BOTH_MENUS,
        hint="create 123",
    ),
    CommandRow(
        "pilot",
        "N… [--at TIME] [--another] [--no-chat] [--note TEXT]",
        _("Create a Pilot session: the requester shows you something with the phone’s camera."),
        (
            _("pilot 123"),
            _('pilot 123 --note "broken cable"'),
            _("pilot 123 --at 14:30"),
            _("pilot 123 --another"),
            _("pilot 123 --no-chat"),
        ),
        partial(parse_create, Kind.PILOT),
        also=("pilote",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "outage",
        "[N…] [--pilot] [--no-chat] [--note TEXT]",
        _("Create a session for each request that an outage affects, with one card that counts them."),
        (
            _('outage 123 124 125 --note "mail server"'),
            _("outage"),
            _("outage 123 124 125 --pilot"),
            _("outage 123 124 125 --no-chat"),
        ),
        parse_outage,
        also=("panne",),
    ),
    CommandRow(
        "show",
        "N",
        _("Show a request and its sessions."),
        (_("show 123"),),
        parse_show,
        also=("afficher", "montrer"),
        menus=_BOTH_MENUS,
        hint="show 123",
    ),
    CommandRow(
        "enter",
        "N|CODE",
        _("Enter your open session."),
        (_("enter 123"),),
        partial(parse_on_session, Verb.ENTER),
        also=("entrer",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "reinvite",
        "N|CODE",
        _("Resend the link to the requester."),
        (_("reinvite 123"),),
        partial(parse_on_session, Verb.REINVITE),
        also=("reinviter",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "link",
        "N|CODE",
        _("Get the requester’s link, to share it another way."),
        (_("link 123"),),
        partial(parse_on_session, Verb.LINK),
        also=("lien",),
        menus=Menu.SHARED,
    ),
    CommandRow(
        "renew",
        "N|CODE",
        _("Renew your open session for another 24 hours: card and invitation page stay the same."),
        (_("renew 123"),),
        partial(parse_on_session, Verb.RENEW),
        also=("renouveler", "prolonger"),
        hint="renew 123",
    ),
    CommandRow(
        "end",
        "N|CODE",
        _("End the session and close its connection."),
        (_("end 123"),),
        partial(parse_on_session, Verb.END),
        also=("terminer", "fin"),
        menus=Menu.SHARED,
        hint="end 123",
    ),
    CommandRow(
        "start",
        "N",
        _("Create the session now that you have planned for later."),
        (_("start 123"),),
        partial(parse_on_plan, PlanVerb.START),
        also=("demarrer", "commencer"),
    ),
    CommandRow(
        "move",
        "N [--at TIME]",
        _("Move a planned session to another time; without a time, a form opens."),
        (_('move 123 --at "tomorrow 9:00"'), _("move 123")),
        partial(parse_on_plan, PlanVerb.MOVE),
        also=("deplacer", "reporter"),
    ),
    CommandRow(
        "cancel",
        "N",
        _("Cancel a planned session. The requester gets an e-mail about it."),
        (_("cancel 123"),),
        partial(parse_on_plan, PlanVerb.CANCEL),
        also=("annuler",),
    ),
    CommandRow(
        "invite",
        "N|CODE [@user|E-MAIL]",
        _("Let a colleague into your session, by a link of their own."),
        (_("invite 123 @Ines"), _("invite 123 ines@example.com"), _("invite 123")),
        parse_invite,
        also=("inviter",),
    ),
    CommandRow(
        "uninvite",
        "N|CODE [@user|E-MAIL]",
        _("Withdraw an invitation."),
        (_("uninvite 123 @Ines"), _("uninvite 123 ines@example.com"), _("uninvite 123")),
        parse_uninvite,
        also=("desinviter",),
    ),
    CommandRow(
        "leave",
        "N|CODE",
        _("Decline an invitation, or leave a session that you were invited to."),
        (_("leave 123"),),
        parse_leave,
        also=("quitter",),
    ),
    CommandRow(
        "transfer",
        "N|CODE [@user|E-MAIL|--accept|--decline|--withdraw]",
        _("Hand your session over to a colleague, who accepts it; an SDAdmin moves any session."),
        (
            _("transfer 123 ines@example.com"),
            _("transfer 123"),
            _("transfer 123 --accept"),
            _("transfer 123 --decline"),
            _("transfer 123 --withdraw"),
        ),
        parse_transfer,
        also=("transferer", "ceder"),
    ),
    CommandRow(
        "list",
        "[--page K]",
        _("List your open sessions."),
        (_("list"), _("list --page 2")),
        parse_list,
        also=("liste",),
        menus=Menu.PERSONAL,
        hint="list",
    ),
    CommandRow(
        "history",
        "[N|mine|EMAIL] [--page K]",
        _("List the sessions of a request, or yours; SDAdmins also a technician’s, by e-mail address."),
        (_("history 123"), _("history --page 2")),
        parse_history,
        also=("historique",),
        menus=_BOTH_MENUS,
        hint="history",
    ),
    CommandRow(
        "status",
        "",
        _("See whether everything is switched on and you are connected."),
        (_("status"),),
        no_arguments(Status()),
        also=("statut", "etat"),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "home",
        "",
        _("See your overview."),
        (_("home"),),
        no_arguments(ShowHome()),
        also=("accueil",),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "notify",
        "[on|off]",
        _("Choose whether you are notified when the requester of your session is there."),
        (_("notify off"),),
        parse_notify,
        also=("notifier", "prevenir"),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "auth",
        "",
        _("Authorize TeamViewer: connect your own account."),
        (_("auth"),),
        no_arguments(Auth()),
        also=("connexion",),
        menus=Menu.PERSONAL,
        hint="auth",
    ),
    CommandRow(
        "logout",
        "[--sure]",
        _("Disconnect your TeamViewer account."),
        (_("logout"), _("logout --sure")),
        parse_logout,
        also=("deconnexion",),
        menus=Menu.PERSONAL,
    ),
    CommandRow(
        "admin",
        "…",
        _("Administration, for SDAdmins. Type admin alone to see its commands."),
        (_("admin status"),),
        parse_admin_command,
        menus=Menu.SHARED,
    ),
    CommandRow(
        "hello",
        "",
        _("See what the bot does, and how to begin."),
        (_("hello"),),
        parse_greeting,
        also=("hi", "hey", "bonjour", "bonsoir", "salut", "coucou"),
    ),
    CommandRow(
        "help",
        "[word]",
        _("Show this list, or how to use one command."),
        (_("help create"),),
        parse_help,
        also=("aide",),
        menus=_BOTH_MENUS,
        hint="help",
    ),
)

COMMAND_TABLE = {row.name: row for row in _ROWS}
"""Every command by its English name, in the order in which help lists them."""
_ROWS_BY_NAME = {name: row for row in _ROWS for name in (row.name, *row.also)}


def find_row(name: str) -> CommandRow | None:
    """Find a command's row by its name, in any of the languages it can be typed in."""
    return _ROWS_BY_NAME.get(without_accents(name))


def usage_hint() -> str:
    """Return what Slack shows after the slash command's name while somebody types."""
    return ", ".join(row.hint for row in _ROWS if row.hint)


def menu_rows(menu: Menu) -> list[CommandRow]:
    """Return the commands that a menu of Teams offers."""
    return [row for row in _ROWS if menu in row.menus]
