"""Telephone numbers: from any common notation to E.164."""

import phonenumbers

from bot.errors import Rejected
from bot.i18n import _
from bot.model.secret import Secret

_ABROAD = "00"
"""The prefix for calls abroad in most of the world; no valid number begins with it at home."""


def e164(phone: Secret, default_region: str) -> Secret:
    """Return ``+14155550100`` for ``(415) 555-0100``; a number without a country is one of ``default_region``.

    Raises Rejected where it is no number.
    """
    raw = phone.reveal().strip()
    if raw.startswith(_ABROAD):
        raw = "+" + raw.removeprefix(_ABROAD)
    try:
        number = phonenumbers.parse(raw, default_region)
    except phonenumbers.NumberParseException:
        raise _invalid() from None
    if not phonenumbers.is_valid_number(number):
        raise _invalid()
    return Secret(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _invalid() -> Rejected:
    return Rejected(_("The requester’s phone number is not a valid one."))
