"""Tell which technician an account belongs to, from what is stored."""

from bot import access
from bot.model.ids import Email
from bot.model.technician import KnownUser, Technician


def identify_technician(known_user: KnownUser, admins: frozenset[Email]) -> Technician:
    """Return the technician behind an account. ``admins`` are SDAdmins by the settings. Raises NotAllowed."""
    is_admin = known_user.is_granted_admin or known_user.profile.email in admins
    return access.require_technician(known_user.profile, known_user.listed_as, is_admin=is_admin)
