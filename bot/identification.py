"""Tell which technician a chat account belongs to, from what is stored about it."""

from collections.abc import Collection

from bot.access import require_technician, require_undoubted_address
from bot.model.ids import Email
from bot.model.technician import KnownUser, Technician


def identify_technician(known_user: KnownUser, admins: Collection[Email]) -> Technician:
    """Return the technician behind an account. ``admins`` are the SDAdmins named in the settings.

    Raises NotAllowed where the account belongs to no technician, or may not work under its address.
    """
    is_admin = known_user.is_granted_admin or known_user.profile.email in admins
    technician = require_technician(known_user.profile, known_user.listed_as, is_admin=is_admin)
    require_undoubted_address(technician.email, known_user.address_doubt)
    return technician
