"""Load what reads phone numbers with the first number: it knows the numbers of all countries, and few requests need it."""

from bot.model.secret import Secret


class PhoneReaderWhenNeeded:
    """Implements the port ``PhoneNumbers`` by ``PhoneReader``, which it loads with the first number."""

    def __init__(self, region: str | None) -> None:
        self._region = region

    def mobile_number(self, phone: Secret) -> Secret:
        """Return a mobile number in E.164. Raises Rejected."""
        from adapters.notify.phone import PhoneReader  # noqa: PLC0415 - 2 MB that most processes never need

        return PhoneReader(self._region).mobile_number(phone)
