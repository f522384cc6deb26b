"""Permission checks. A refusal says what is missing and what to do, and reveals nothing else."""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from bot.errors import NotAllowed
from bot.i18n import Text, Words, _
from bot.model.ids import Email, is_plain_address
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import AddressDoubt, Profile, Technician
from bot.words_to_type import words_about

INTEGRATION_OFF = _("The TeamViewer integration is switched off. Ask your SDAdmin to switch it on.")
STRANGER = _("You belong to another organization: only technicians of this one can run sessions.")


def require_technician(profile: Profile, listed_as: str | None, *, is_admin: bool) -> Technician:
    """Return the technician behind a profile. ``listed_as`` is their name in the technician list, or None.

    Raises NotAllowed if the profile is no technician's.
    """
    refusal = _refusal(profile)
    if refusal is not None:
        raise NotAllowed(refusal)
    email = profile.email
    if email is None:
        raise NotAllowed(_own_address_missing(profile))
    if not is_plain_address(email):
        raise NotAllowed(_address_not_plain(email))
    # Last, so that a guest or a stranger does not learn who is on the technician list.
    if listed_as is None:
        raise NotAllowed(
            _(
                "{email} is not a technician of ServiceDesk Plus. If you should be one, ask your SDAdmin to add you.",
                email=email,
            )
        )
    return Technician(email, listed_as or profile.name, is_admin=is_admin)


def require_undoubted_address(email: Email, doubt: AddressDoubt | None) -> None:
    """Raise NotAllowed if an account may not work under its address until an SDAdmin has confirmed it."""
    match doubt:
        case None:
            return
        case AddressDoubt.CHANGED:
            raise NotAllowed(
                _(
                    "The e-mail address of your account has changed to {email}. Before you can go on, an SDAdmin must "
                    "confirm that you are its technician: {words}.",
                    email=email,
                    words=Words(_("admin confirm @Ines")),
                )
            )
        case AddressDoubt.TAKEN:
            raise NotAllowed(
                _(
                    "Another account here works as {email} already, or did before. Before you can go on, an SDAdmin must "
                    "confirm that you are its technician: {words}.",
                    email=email,
                    words=Words(_("admin confirm @Ines")),
                )
            )
        case _:
            assert_never(doubt)


def _address_not_plain(email: Email) -> Text:
    return _(
        "The e-mail address {email} contains characters other than plain letters, digits and signs (ASCII), so another one "
        "may look the same. Ask your administrator for an address without them.",
        email=email,
    )


def _own_address_missing(profile: Profile) -> Text:
    if profile.has_unconfirmed_email:
        return _(
            "Slack does not show your e-mail address as confirmed, so it is not clear which technician you are. "
            "Confirm the address in Slack. If you sign in to Slack by single sign-on, ask your administrator: "
            "the setting TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL is for that."
        )
    return _(
        "Your chat profile shows no e-mail address, so it is not clear which technician you are. "
        "Ask your administrator to add it."
    )


def _address_missing(profile: Profile) -> Text:
    if profile.has_unconfirmed_email:
        return _(
            "Slack does not show the e-mail address of {name} as confirmed, so it is not clear which technician that is. "
            "Ask {name} to confirm it in Slack. For accounts with single sign-on, your administrator can set "
            "TVBOT_SLACK_ALLOW_UNCONFIRMED_EMAIL.",
            name=profile.name,
        )
    return _(
        "The chat profile of {name} shows no e-mail address, so it is not clear which technician that is. Ask your administrator to add it.",
        name=profile.name,
    )


def _refusal(profile: Profile) -> Text | None:
    if profile.is_bot:
        return _("Bots cannot run sessions.")
    if profile.is_deactivated:
        return _("This account is deactivated.")
    if profile.is_external:
        return STRANGER
    if profile.is_guest:
        return _("Guests cannot run sessions. Ask your administrator for a full account.")
    return None


class Purpose(StrEnum):
    """What somebody is named for who must be a technician."""

    ADMIN = "admin"
    CONFIRMATION = "confirmation"
    TRANSFER = "transfer"
    INVITATION = "invitation"


def require_technician_for(purpose: Purpose, profile: Profile, listed_as: str | None) -> Technician:
    """Return the technician whose account somebody named. Raises NotAllowed, with a text for who named it."""
    email = profile.email
    if email is None:
        raise NotAllowed(_address_missing(profile))
    if not is_plain_address(email):
        raise NotAllowed(_address_not_plain(email))
    if listed_as is None or _refusal(profile) is not None:
        raise NotAllowed(_no_technician_text(purpose, f"{profile.name} ({email})"))
    return Technician(email, listed_as or profile.name)


def require_listed_address_for(purpose: Purpose, email: Email, listed_as: str | None) -> Technician:
    """Return the technician whose address somebody named. Raises NotAllowed, with a text for who named it."""
    if not is_plain_address(email):
        raise NotAllowed(_address_not_plain(email))
    if listed_as is None:
        raise NotAllowed(_no_technician_text(purpose, email))
    return Technician(email, listed_as or email)


def _no_technician_text(purpose: Purpose, name: str) -> Text:
    match purpose:
        case Purpose.ADMIN:
            return _(
                "{name} cannot be an SDAdmin: only technicians of ServiceDesk Plus can, with a full account of this organization.",
                name=name,
            )
        case Purpose.CONFIRMATION:
            return _(
                "{name} cannot be confirmed: only technicians of ServiceDesk Plus can, with a full account of this organization.",
                name=name,
            )
        case Purpose.TRANSFER:
            return _(
                "{name} cannot take over a session: only technicians of ServiceDesk Plus can, with a full account of this organization.",
                name=name,
            )
        case Purpose.INVITATION:
            return _(
                "{name} cannot be invited: only technicians of ServiceDesk Plus can, with a full account of this organization.",
                name=name,
            )
        case _:
            assert_never(purpose)


def require_integration_on(switches: Switches) -> None:
    """Raise NotAllowed if the integration is switched off."""
    if not switches.integration:
        raise NotAllowed(INTEGRATION_OFF)


def require_creator(session: Session, by: Technician) -> None:
    """Raise NotAllowed if ``by`` did not create the session."""
    if session.technician != by.email:
        raise NotAllowed(
            _(
                "This session belongs to {technician}, who alone can do that. For one of your own, type {words}.",
                technician=session.technician_name,
                words=words_about("create", session.number),
            )
        )


class SessionRole(StrEnum):
    """What a technician is in a session. A technician may have several roles."""

    CREATOR = "creator"
    INVITED = "invited"
    ADMIN = "admin"
    OTHER = "other"


class SessionWord(StrEnum):
    """What can be done in an open session, as far as not every technician may do it or an invited one might not."""

    ENTER = "enter"
    REINVITE = "reinvite"
    LINK = "link"
    RENEW = "renew"
    END = "end"
    TRANSFER = "transfer"
    INVITE = "invite"
    UNINVITE = "uninvite"
    LEAVE = "leave"


_OWNERS = frozenset({SessionRole.CREATOR, SessionRole.ADMIN})
WHO_MAY: Mapping[SessionWord, frozenset[SessionRole]] = {
    # An SDAdmin looks after sessions, but sees nobody's screen unless invited.
    SessionWord.ENTER: frozenset({SessionRole.CREATOR, SessionRole.INVITED}),
    # The requester's link is no way into the requester's device: any technician may pass it on.
    SessionWord.REINVITE: frozenset(SessionRole),
    SessionWord.LINK: frozenset(SessionRole),
    # Who is invited helps in the session of somebody else: its end, and who else may enter, stay the creator's.
    SessionWord.RENEW: _OWNERS,
    SessionWord.END: _OWNERS,
    SessionWord.TRANSFER: _OWNERS,
    SessionWord.INVITE: _OWNERS,
    SessionWord.UNINVITE: _OWNERS,
    SessionWord.LEAVE: frozenset({SessionRole.INVITED}),
}
"""Who may do what in a session."""


def find_roles(session: Session, by: Technician, *, is_invited: bool) -> frozenset[SessionRole]:
    """Return the roles of a technician in a session."""
    roles = {SessionRole.OTHER}
    if session.technician == by.email:
        roles.add(SessionRole.CREATOR)
    if is_invited:
        roles.add(SessionRole.INVITED)
    if by.is_admin:
        roles.add(SessionRole.ADMIN)
    return frozenset(roles)


def require_word(word: SessionWord, session: Session, by: Technician, *, is_invited: bool) -> None:
    """Raise NotAllowed if a technician may not do this in a session."""
    if WHO_MAY[word] & find_roles(session, by, is_invited=is_invited):
        return
    if word is SessionWord.LEAVE:
        raise NotAllowed(
            _("You are not invited to the session for request #{number}.", number=session.number)
        )
    if is_invited:
        raise NotAllowed(
            _(
                "You are invited to this session, and {technician} alone can do that. To leave it, type {words}.",
                technician=session.technician_name,
                words=words_about("leave", session.number),
            )
        )
    require_creator(session, by)


def require_not_moving(session: Session) -> None:
    """Raise NotAllowed where a session is being handed over."""
    if session.is_moving:
        raise NotAllowed(
            _(
                "The session for request #{number} is being handed over to {name}. Try again in a moment.",
                number=session.number,
                name=session.moving_to,
            )
        )


def require_admin(by: Technician) -> None:
    """Raise NotAllowed if ``by`` is no SDAdmin."""
    if not by.is_admin:
        raise NotAllowed(_("That is for SDAdmins. Ask one of them, or your administrator."))
